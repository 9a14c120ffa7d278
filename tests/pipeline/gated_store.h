#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/store.h"

namespace weir::test {

// A store in front of another whose commits can be held up, counted and made to fail.
class GatedStore final : public Store {
  public:
    explicit GatedStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}

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
        return inner_->commit(group);
    }
    void prepare(Batch& batch) const override {
        if (preparing_) preparing_();
        inner_->prepare(batch);
    }
    Result<WindowCounts> window_counts(TimeRange range) override {
        auto counts = inner_->window_counts(range);
        if (counted_) counted_();
        return counts;
    }
    Result<std::vector<PaneCount>> panes(TimeRange range) override { return inner_->panes(range); }
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override {
        return inner_->scan(request, visitor);
    }
    Result<std::optional<AggregateRow>> row_at(Timestamp end) override { return inner_->row_at(end); }
    Result<std::optional<AggregateRow>> row_of_run(const std::string& id) override {
        return inner_->row_of_run(id);
    }
    Result<std::optional<AggregateRow>> latest_row() override { return inner_->latest_row(); }
    Result<std::vector<AggregateRow>> rows(TimeRange ends, std::size_t limit) override {
        return inner_->rows(ends, limit);
    }
    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override {
        return inner_->dead_letters(received, after, limit);
    }
    Result<Ledger> ledger() override { return inner_->ledger(); }
    Result<std::vector<DirtyPane>> dirty_panes() override { return inner_->dirty_panes(); }
    Result<void> put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) override {
        return inner_->put_rows(rows, cleared);
    }
    Result<void> drop_before(Timestamp oldest) override { return inner_->drop_before(oldest); }
    Result<std::uint64_t> size_bytes() override { return inner_->size_bytes(); }

  private:
    std::unique_ptr<Store> inner_;
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
