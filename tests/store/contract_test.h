#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "batches.h"
#include "dynamo_harness.h"
#include "harness.h"

namespace weir::test {

// What every Store must do: run on the model, on the embedded store, on that reopened before every operation,
// and on DynamoDB in both layouts, in memory and on the service that WEIR_TEST_DYNAMODB_ENDPOINT names.
class StoreContract : public testing::TestWithParam<std::string> {
  protected:
    StoreContract() : harness_(make_harness(GetParam())) {}

    void SetUp() override {
        if (!harness_) GTEST_SKIP() << "WEIR_TEST_DYNAMODB_ENDPOINT is not set";
    }

    Store& store() { return harness_->store(); }
    void reopen() { harness_->reopen(); }
    ManualClock& clock() { return harness_->clock; }
    Capabilities can() const { return harness_->capabilities(); }

    std::vector<Result<Verdict>> commit_group(std::vector<Batch> group) {
        auto answers = store().commit(group);
        EXPECT_TRUE(answers.has_value()) << (answers ? "" : answers.error().message);
        if (!answers) return {};
        EXPECT_EQ(answers->size(), group.size());
        return std::move(*answers);
    }
    Verdict commit(const Batch& batch) {
        auto answers = commit_group({batch});
        EXPECT_TRUE(answers.at(0).has_value()) << (answers.at(0) ? "" : answers.at(0).error().message);
        return answers.at(0) ? *answers.at(0) : Verdict{};
    }

    // The lines of a scan, as in_scan_order gives them.
    std::vector<std::string> lines(TimeRange range, std::optional<std::uint64_t> as_of = {}) {
        std::vector<std::string> found;
        const auto end = store().scan({range, as_of, {}}, [&](const EventView& event) {
            found.emplace_back(event.line);
            return Visit::next;
        });
        EXPECT_TRUE(end.has_value()) << (end ? "" : end.error().message);
        EXPECT_FALSE(end && end->next.has_value());
        return in_scan_order(found);
    }
    std::vector<std::string> ids(TimeRange range, std::optional<std::uint64_t> as_of = {}) {
        std::vector<std::string> found;
        const auto end = store().scan({range, as_of, {}}, [&](const EventView& event) {
            found.emplace_back(event.event_id);
            return Visit::next;
        });
        EXPECT_TRUE(end.has_value()) << (end ? "" : end.error().message);
        return in_scan_order(found);
    }
    // What was committed in this order; sorted where scans do not go in the order of the commits.
    std::vector<std::string> in_scan_order(std::vector<std::string> committed) const {
        if (!can().positions) std::sort(committed.begin(), committed.end());
        return committed;
    }
    Ledger ledger() {
        const auto ledger = store().ledger();
        EXPECT_TRUE(ledger.has_value()) << (ledger ? "" : ledger.error().message);
        EXPECT_TRUE(ledger->balances());
        return *ledger;
    }
    // The ledger with so many batches, and so many lines in them, that came again.
    Ledger with_replays(Ledger ledger, std::uint64_t batches, std::uint64_t lines) const {
        if (!can().counts_replays) return ledger;
        ledger.received += lines;
        ledger.duplicates += lines;
        ledger.replays += batches;
        return ledger;
    }
    WindowCounts counts(TimeRange range) {
        const auto counts = store().window_counts(range);
        EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().message);
        return counts ? *counts : WindowCounts{};
    }
    std::vector<DirtyPane> dirty() {
        auto panes = store().dirty_panes();
        EXPECT_TRUE(panes.has_value()) << (panes ? "" : panes.error().message);
        return panes ? std::move(*panes) : std::vector<DirtyPane>{};
    }

    const TimeRange all_{at(-1'000'000), at(1'000'000)};
    const Timestamp now_ = at(3600);

  private:
    static std::unique_ptr<Harness> make_harness(const std::string& kind) {
        if (kind == "memory") return std::make_unique<MemoryHarness>();
        if (kind == "dynamo_rows") return fake_dynamo_harness(Layout::rows);
        if (kind == "dynamo_blocks") return fake_dynamo_harness(Layout::blocks);
        if (kind == "dynamo_live") return live_dynamo_harness(Layout::rows);
        if (kind == "dynamo_live_blocks") return live_dynamo_harness(Layout::blocks);
        return std::make_unique<RocksHarness>(kind == "rocks_reopened");
    }

    std::unique_ptr<Harness> harness_;
};

}  // namespace weir::test
