#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "batches.h"
#include "harness.h"

namespace weir::test {

// What every Store must do: run on the model, on the embedded store, and on that reopened before every
// operation.
class StoreContract : public testing::TestWithParam<std::string> {
  protected:
    StoreContract() {
        if (GetParam() == "memory")
            harness_ = std::make_unique<MemoryHarness>();
        else
            harness_ = std::make_unique<RocksHarness>(GetParam() == "rocks_reopened");
    }

    Store& store() { return harness_->store(); }
    void reopen() { harness_->reopen(); }
    ManualClock& clock() { return harness_->clock; }

    std::vector<Result<Verdict>> commit_group(std::vector<Batch> group) {
        auto answers = store().commit(group);
        EXPECT_TRUE(answers.has_value()) << (answers ? "" : answers.error().message);
        if (!answers) return {};
        EXPECT_EQ(answers->size(), group.size());
        return std::move(*answers);
    }
    Verdict commit(const Batch& batch) {
        auto answers = commit_group({batch});
        EXPECT_TRUE(answers.at(0).has_value());
        return answers.at(0) ? *answers.at(0) : Verdict{};
    }

    // The lines of a scan.
    std::vector<std::string> lines(TimeRange range, std::optional<std::uint64_t> as_of = {}) {
        std::vector<std::string> found;
        const auto end = store().scan({range, as_of, {}}, [&](const EventView& event) {
            found.emplace_back(event.line);
            return Visit::next;
        });
        EXPECT_TRUE(end.has_value()) << (end ? "" : end.error().message);
        EXPECT_FALSE(end && end->next.has_value());
        return found;
    }
    std::vector<std::string> ids(TimeRange range, std::optional<std::uint64_t> as_of = {}) {
        std::vector<std::string> found;
        const auto end = store().scan({range, as_of, {}}, [&](const EventView& event) {
            found.emplace_back(event.event_id);
            return Visit::next;
        });
        EXPECT_TRUE(end.has_value()) << (end ? "" : end.error().message);
        return found;
    }
    Ledger ledger() {
        const auto ledger = store().ledger();
        EXPECT_TRUE(ledger.has_value());
        EXPECT_TRUE(ledger->balances());
        return *ledger;
    }
    WindowCounts counts(TimeRange range) {
        const auto counts = store().window_counts(range);
        EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().message);
        return counts ? *counts : WindowCounts{};
    }

    const TimeRange all_{at(-1'000'000), at(1'000'000)};
    const Timestamp now_ = at(3600);

  private:
    std::unique_ptr<Harness> harness_;
};

}  // namespace weir::test
