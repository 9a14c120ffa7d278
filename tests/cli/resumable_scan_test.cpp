#include "cli/resumable_scan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/manual_clock.h"

namespace weir::cli {
namespace {

// Holds the events "0", "1", … and loses the connection after each number of events in `failures`, in turn.
class FlakyStore final : public StoreReader {
  public:
    std::uint64_t events = 0;
    std::vector<std::uint64_t> failures;
    std::uint64_t as_of = 7;
    std::size_t scans = 0;
    std::string lost_as = "connection-lost";

    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override {
        ++scans;
        EXPECT_EQ(request.as_of.value_or(as_of), as_of);
        std::uint64_t left = events + 1;  // before the connection is lost
        if (!failures.empty()) {
            left = failures.back();
            failures.pop_back();
        }
        for (std::uint64_t at = request.after ? request.after->position : 0; at < events; ++at) {
            if (left-- == 0) return fail(ErrorCode::unreachable, lost_as, "gone");
            const std::string line = std::to_string(at);
            EventView event;
            event.line = line;
            if (visitor(event) == Visit::stop) return ScanEnd{ScanCursor{at, 0}, as_of};
        }
        if (left == 0) return fail(ErrorCode::unreachable, lost_as, "gone");
        return ScanEnd{std::nullopt, as_of};
    }
    Result<WindowCounts> window_counts(TimeRange) override { return WindowCounts{}; }
    Result<std::vector<PaneCount>> panes(TimeRange) override { return std::vector<PaneCount>{}; }
    Result<std::optional<AggregateRow>> row_at(Timestamp) override { return std::optional<AggregateRow>(); }
    Result<std::optional<AggregateRow>> row_of_run(const std::string&) override {
        return std::optional<AggregateRow>();
    }
    Result<std::optional<AggregateRow>> latest_row() override { return std::optional<AggregateRow>(); }
    Result<std::vector<AggregateRow>> rows(TimeRange, std::size_t) override {
        return std::vector<AggregateRow>{};
    }
    Result<DeadLetterPage> dead_letters(TimeRange, std::uint64_t, std::size_t) override {
        return DeadLetterPage{};
    }
    Result<Ledger> ledger() override { return Ledger{}; }
};

struct Outcome {
    Result<ScanEnd> end;
    std::vector<std::uint64_t> seen;
};

Outcome scan_all(FlakyStore& store, std::size_t events_a_part, Duration retry_for = std::chrono::hours(1)) {
    test::ManualClock clock(timestamp_from_ms(0));
    Outcome outcome;
    ResumeOptions options;
    options.retry_for = retry_for;
    options.events_a_part = events_a_part;
    const auto visitor = [&](const EventView& event) -> Result<void> {
        outcome.seen.push_back(std::stoull(std::string(event.line)));
        return {};
    };
    outcome.end = resumable_scan(store, {}, options, clock, visitor);
    return outcome;
}

std::vector<std::uint64_t> first(std::uint64_t count) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < count; ++i)
        numbers.push_back(i);
    return numbers;
}

RC_GTEST_PROP(ResumableScan, visits_every_event_once_wherever_the_connection_is_lost, ()) {
    FlakyStore store;
    store.events = *rc::gen::inRange<std::uint64_t>(0, 60);
    store.failures = *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 70));
    const auto part = *rc::gen::inRange<std::size_t>(1, 20);
    const Outcome outcome = scan_all(store, part);
    RC_ASSERT(outcome.end.has_value());
    RC_ASSERT(outcome.seen == first(store.events));
    RC_ASSERT(outcome.end->as_of == 7U);
}

TEST(ResumableScan, gives_up_when_nothing_came_for_so_long) {
    FlakyStore store;
    store.events = 10;
    store.failures = std::vector<std::uint64_t>(1000, 0);
    const Outcome outcome = scan_all(store, 5, std::chrono::seconds(30));
    ASSERT_FALSE(outcome.end);
    EXPECT_EQ(outcome.end.error().code, ErrorCode::unreachable);
    EXPECT_LT(store.scans, 20U);
    EXPECT_GT(store.scans, 5U);
}

TEST(ResumableScan, a_server_that_was_never_there_is_not_waited_for) {
    FlakyStore store;
    store.events = 10;
    store.lost_as = "connect-failed";
    store.failures = {0};
    EXPECT_FALSE(scan_all(store, 5).end);
    EXPECT_EQ(store.scans, 1U);
}

TEST(ResumableScan, a_server_that_restarts_is_waited_for) {
    FlakyStore store;
    store.events = 10;
    store.lost_as = "connect-failed";
    store.failures = {0, 3, 1};  // the last is the first scan's
    const Outcome outcome = scan_all(store, 5);
    EXPECT_TRUE(outcome.end.has_value());
    EXPECT_EQ(outcome.seen, first(10));
}

TEST(ResumableScan, a_failing_visitor_ends_it_with_its_error) {
    FlakyStore store;
    store.events = 10;
    test::ManualClock clock(timestamp_from_ms(0));
    int seen = 0;
    const Result<ScanEnd> end = resumable_scan(store, {}, {}, clock, [&](const EventView&) -> Result<void> {
        if (++seen < 3) return {};
        return fail(ErrorCode::io, "write-failed", "disk full");
    });
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().reason, "write-failed");
    EXPECT_EQ(seen, 3);
}

TEST(ResumableScan, a_refusal_is_not_tried_again) {
    class Refusing final : public StoreReader {
      public:
        int scans = 0;
        Result<ScanEnd> scan(const ScanRequest&, const EventVisitor&) override {
            ++scans;
            return fail(ErrorCode::unauthorized, "unauthorized", "no");
        }
        Result<WindowCounts> window_counts(TimeRange) override { return WindowCounts{}; }
        Result<std::vector<PaneCount>> panes(TimeRange) override { return std::vector<PaneCount>{}; }
        Result<std::optional<AggregateRow>> row_at(Timestamp) override {
            return std::optional<AggregateRow>();
        }
        Result<std::optional<AggregateRow>> row_of_run(const std::string&) override {
            return std::optional<AggregateRow>();
        }
        Result<std::optional<AggregateRow>> latest_row() override { return std::optional<AggregateRow>(); }
        Result<std::vector<AggregateRow>> rows(TimeRange, std::size_t) override {
            return std::vector<AggregateRow>{};
        }
        Result<DeadLetterPage> dead_letters(TimeRange, std::uint64_t, std::size_t) override {
            return DeadLetterPage{};
        }
        Result<Ledger> ledger() override { return Ledger{}; }
    } store;
    test::ManualClock clock(timestamp_from_ms(0));
    EXPECT_EQ(resumable_scan(store, {}, {}, clock, [](const EventView&) -> Result<void> { return {}; })
                  .error()
                  .code,
              ErrorCode::unauthorized);
    EXPECT_EQ(store.scans, 1);
}

}  // namespace
}  // namespace weir::cli
