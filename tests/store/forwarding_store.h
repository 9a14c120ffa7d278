#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "store/store.h"

namespace weir::test {

// A store in front of another, to which every call is passed on: for tests that change what a few of them do.
class ForwardingStore : public Store {
  public:
    explicit ForwardingStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}

    void prepare(Batch& batch) const override { inner_->prepare(batch); }
    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override {
        return inner_->commit(group);
    }
    Result<WindowCounts> window_counts(TimeRange range) override { return inner_->window_counts(range); }
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

  protected:
    [[nodiscard]] Store& inner() { return *inner_; }
    [[nodiscard]] const Store& inner() const { return *inner_; }

  private:
    std::unique_ptr<Store> inner_;
};

}  // namespace weir::test
