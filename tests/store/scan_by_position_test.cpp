// A scan over all time goes by position and passes the index of times over; its twin asks for a range that
// holds every event, and goes by the index. Of what is older than was to be dropped, some may still be there
// and be found by the one and not by the other.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "batches.h"
#include "harness.h"

namespace weir::test {
namespace {

constexpr TimeRange all_time{min_timestamp, max_timestamp};
const TimeRange wide{at(-1'000'000), at(1'000'000)};

struct Scanned {
    std::vector<std::string> lines;
    std::optional<ScanCursor> next;
    std::uint64_t as_of = 0;
    bool operator==(const Scanned&) const = default;
};

Scanned scanned(Store& store, TimeRange range, std::optional<std::uint64_t> as_of,
                std::optional<ScanCursor> after, std::size_t most, Timestamp oldest) {
    Scanned found;
    ScanRequest request{range, as_of, after};
    const auto end = store.scan(request, [&](const EventView& event) {
        if (event.ts < oldest) return Visit::next;
        if (found.lines.size() == most) return Visit::stop;
        found.lines.emplace_back(event.line);
        return Visit::next;
    });
    RC_ASSERT(end.has_value());
    found.next = end->next;
    found.as_of = end->as_of;
    return found;
}

RC_GTEST_PROP(ScanByPosition, is_the_scan_by_time, ()) {
    RocksHarness harness(false);
    const int batches = *rc::gen::inRange(0, 12);
    for (int number = 0; number < batches; ++number) {
        BatchMaker batch("b" + std::to_string(number), harness.clock.now());
        const int events = *rc::gen::inRange(0, 4);  // none: the batch has no block
        for (int i = 0; i < events; ++i)
            batch.add({format_event_id("r", static_cast<std::uint64_t>(number * 10 + i + 1)),
                       harness.clock.now() - Duration{*rc::gen::inRange(0, 400'000)}});
        if (events == 0) batch.reject("bad");
        Batch made = batch.make();
        RC_ASSERT(harness.store().commit({&made, 1}).has_value());
        harness.clock.advance(Duration{60'000});
    }
    Timestamp oldest = min_timestamp;
    if (*rc::gen::arbitrary<bool>()) {
        oldest = harness.clock.now() - Duration{*rc::gen::inRange(0, 800'000)};
        RC_ASSERT(harness.store().drop_before(oldest).has_value());
    }
    for (const std::size_t most : {std::size_t{1000}, std::size_t{3}}) {
        const auto position = *rc::gen::inRange<std::uint64_t>(0, 14);
        std::optional<ScanCursor> after;
        if (*rc::gen::arbitrary<bool>()) after = ScanCursor{position, position % 2};
        std::optional<std::uint64_t> as_of;
        if (*rc::gen::arbitrary<bool>()) as_of = *rc::gen::inRange<std::uint64_t>(0, 14);
        const Scanned by_position = scanned(harness.store(), all_time, as_of, after, most, oldest);
        const Scanned by_time = scanned(harness.store(), wide, as_of, after, most, oldest);
        RC_ASSERT(by_position.lines == by_time.lines);
        RC_ASSERT(by_position.as_of == by_time.as_of);
        RC_ASSERT(by_position.next == by_time.next);
    }
}

}  // namespace
}  // namespace weir::test
