#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "store/forwarding_store.h"

namespace weir::test {

// A store in front of another whose commits can be held up, counted and made to fail.
class GatedStore final : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;

    // While closed, commit waits in the store.
    void close_gate() {
        const std::lock_guard lock(mutex_);
        open_ = false;
    }
    void open_gate() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    // Returns once a commit waits at the closed gate.
    void wait_for_commit() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_; });
    }
    void fail_with(Error error) {
        const std::lock_guard lock(mutex_);
        error_ = std::move(error);
    }
    void before_commit(std::function<void()> hook) { hook_ = std::move(hook); }
    void before_prepare(std::function<void()> hook) { preparing_ = std::move(hook); }
    void after_count(std::function<void()> hook) { counted_ = std::move(hook); }
    [[nodiscard]] std::vector<std::size_t> group_sizes() const {
        const std::lock_guard lock(mutex_);
        return groups_;
    }

    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override {
        {
            std::unique_lock lock(mutex_);
            groups_.push_back(group.size());
            waiting_ = true;
            changed_.notify_all();
            changed_.wait(lock, [&] { return open_; });
            waiting_ = false;
            if (error_) return fail(*error_);
        }
        if (hook_) hook_();
        return inner().commit(group);
    }
    void prepare(Batch& batch) const override {
        if (preparing_) preparing_();
        inner().prepare(batch);
    }
    Result<WindowCounts> window_counts(TimeRange range) override {
        auto counts = inner().window_counts(range);
        if (counted_) counted_();
        return counts;
    }

  private:
    std::function<void()> hook_;
    std::function<void()> preparing_;
    std::function<void()> counted_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    bool waiting_ = false;
    std::optional<Error> error_;
    std::vector<std::size_t> groups_;
};

}  // namespace weir::test
