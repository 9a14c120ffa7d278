// A batch that comes again after the layout was changed: its events lie in the table as rows and in blocks,
// and are there once for every reader.
#include <set>

#include "dynamo_fixture.h"
#include "pipeline/auditor.h"

namespace weir::test {
namespace {

constexpr TimeRange always{min_timestamp, max_timestamp};

// Events of two minutes, so many that a minute's blocks are several; among them two too large for a row.
Batch large_batch(LineFormat format) {
    BatchMaker maker("layout#1", at(3600), format);
    for (std::uint64_t i = 0; i < 30; ++i)
        maker.add({format_event_id("run", i), at(3590 - static_cast<std::int64_t>(i) * 2),
                   i % 3 == 0 ? "Delaware" : "St. Lawrence"});
    maker.add({"other#1", at(3585), "Ulster"}).reject("{");
    Batch batch = maker.make();
    if (format == LineFormat::csv) batch.csv_header += ",x";
    const auto lengthen = [&](std::size_t index, std::size_t bytes) {
        EventRecord& event = batch.events[index];
        const std::string filling = random_letters(bytes, static_cast<std::uint32_t>(index) + 1);
        std::string line(batch.line(event));
        if (format == LineFormat::csv)
            line += "," + filling;
        else
            line = line.substr(0, line.size() - 1) + R"(,"x":")" + filling + "\"}";
        event.offset = static_cast<std::uint32_t>(batch.text.size());
        event.length = static_cast<std::uint32_t>(line.size());
        batch.text += line + "\n";
    };
    for (std::size_t i = 0; i < batch.events.size(); ++i)
        lengthen(i, i == 7 || i == 20 ? 450'000 : i < 8 ? 60'000 : 100);
    return batch;
}

struct Change {
    Layout first, then;
    LineFormat format;
    bool unique;
};

class DynamoLayout : public testing::TestWithParam<Change> {
  protected:
    DynamoLayout() {
        batch_.id_is_unique = GetParam().unique;
        fixture_.options.connections = 1;
        fixture_.options.shards = 1;
    }
    void deliver(Layout layout) {
        fixture_.options.layout = layout;
        fixture_.reopen();
        const auto answer = fixture_.commit_one(batch_);
        ASSERT_TRUE(answer.has_value()) << answer.error().message;
        EXPECT_EQ(answer->stored, batch_.events.size());
    }
    // Another batch with events of the same ids: they are other events here.
    void deliver_twin() {
        fixture_.must_commit(
            BatchMaker("layout", at(3600)).add({format_event_id("run", 3), at(3584)}).make());
    }
    void expect_once() {
        std::multiset<std::string> expected{format_event_id("run", 3)};
        for (std::uint64_t i = 0; i < 30; ++i)
            expected.insert(format_event_id("run", i));
        expected.insert("other#1");
        const auto ids = fixture_.ids();
        EXPECT_EQ(std::multiset<std::string>(ids.begin(), ids.end()), expected);
        EXPECT_EQ(fixture_.store().window_counts({at(3500), at(3600)})->total, expected.size());
        EXPECT_EQ(fixture_.store().ledger()->stored, expected.size());
        const auto report = audit(fixture_.store(), fixture_.options.identity.window, {at(3000), at(3660)},
                                  [](std::uint64_t) {});
        ASSERT_TRUE(report.has_value()) << report.error().message;
        EXPECT_TRUE(report->passed());
        EXPECT_EQ(report->events, expected.size());
    }

    DynamoFixture fixture_;
    Batch batch_ = large_batch(GetParam().format);
};

TEST_P(DynamoLayout, a_batch_that_comes_again_in_the_other_layout_is_there_once) {
    deliver(GetParam().first);
    deliver(GetParam().then);
    deliver_twin();
    expect_once();
    deliver(GetParam().first);
    expect_once();
}

TEST_P(DynamoLayout, a_scan_that_goes_on_anywhere_visits_every_event_once) {
    deliver(GetParam().first);
    deliver(GetParam().then);
    const auto expected = fixture_.ids();
    ASSERT_EQ(expected.size(), batch_.events.size());
    for (std::size_t stop = 0; stop < expected.size(); ++stop) {
        std::vector<std::string> found;
        const auto visit = [&](const EventView& event) {
            if (found.size() == stop) return Visit::stop;
            found.emplace_back(event.event_id);
            return Visit::next;
        };
        const auto first = fixture_.store().scan({always, {}, {}}, visit);
        ASSERT_TRUE(first.has_value() && first->next.has_value());
        ASSERT_TRUE(fixture_.store()
                        .scan({always, {}, first->next},
                              [&](const EventView& event) {
                                  found.emplace_back(event.event_id);
                                  return Visit::next;
                              })
                        .has_value());
        EXPECT_EQ(found, expected) << "stopped at " << stop;
    }
}

TEST_P(DynamoLayout, a_batch_that_died_at_any_write_and_comes_again_in_the_other_layout_is_there_once) {
    fixture_.options.layout = GetParam().first;
    fixture_.reopen();
    fixture_.db.crash_at(0, false);
    fixture_.must_commit(batch_);
    const std::uint64_t writes = fixture_.db.writes();
    for (std::uint64_t k = 1; k <= writes; ++k) {
        SCOPED_TRACE(k);
        fixture_.db.heal();
        for (const char* table : {"events", "aggregates"})
            fixture_.db.alter(table, [](FakeDynamoDb::Table& items) { items.clear(); });
        fixture_.options.layout = GetParam().first;
        fixture_.reopen();
        fixture_.db.crash_at(k, k % 2 == 0);
        EXPECT_FALSE(fixture_.commit_one(batch_).has_value());
        fixture_.db.heal();
        deliver(GetParam().then);
        deliver_twin();
        expect_once();
    }
}

INSTANTIATE_TEST_SUITE_P(Changes, DynamoLayout,
                         testing::Values(Change{Layout::rows, Layout::blocks, LineFormat::ndjson, false},
                                         Change{Layout::blocks, Layout::rows, LineFormat::ndjson, true},
                                         Change{Layout::rows, Layout::blocks, LineFormat::csv, true},
                                         Change{Layout::blocks, Layout::rows, LineFormat::csv, false}));

}  // namespace
}  // namespace weir::test
