// Random batches on DynamoDB: the counts are those of a plain recount of what was sent, and of what is
// stored.
#include <map>
#include <random>

#include <rapidcheck.h>

#include "dynamo_fixture.h"

namespace weir::test {
namespace {

// A store, and what it should hold by the simplest reckoning.
class DynamoTwin {
  public:
    explicit DynamoTwin(std::uint32_t seed)
        : random_(seed), fixture_(options_of(between(0, 1), between(1, 5))) {}

    int between(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }

    void commit() {
        std::vector<Batch> group;
        const int size = between(1, 4);
        for (int i = 0; i < size; ++i)
            group.push_back(
                sent_.empty() || between(0, 4) > 0
                    ? some_batch()
                    : sent_[static_cast<std::size_t>(between(0, static_cast<int>(sent_.size()) - 1))]);
        const bool crash = between(0, 4) == 0;
        fixture_.store();  // opened before anything fails
        if (crash) fixture_.db.crash_at(static_cast<std::uint64_t>(between(1, 60)), between(0, 1) == 0);
        std::vector<Batch> first = group;
        const auto answers = fixture_.commit(first);
        if (crash) {
            fixture_.db.heal();
            for (const auto& answer : fixture_.commit(group))
                RC_ASSERT(answer.has_value());
        } else {
            for (const auto& answer : answers)
                RC_ASSERT(answer.has_value());
        }
        for (const Batch& batch : group)
            count(batch);
    }

    void compare() {
        for (int i = 0; i < 4; ++i) {
            const TimeRange range{base() + Duration{between(-900, 60) * 1000},
                                  base() + Duration{between(-900, 60) * 1000}};
            KeyCounts expected;
            std::uint64_t total = 0, late = 0;
            for (const auto& [id, event] : events_) {
                if (!range.contains(event.ts)) continue;
                ++expected[event.key];
                ++total;
                late += event.late ? 1 : 0;
            }
            const auto found = fixture_.store().window_counts(range);
            RC_ASSERT(found.has_value());
            RC_ASSERT(found->counts == expected);
            RC_ASSERT(found->total == total);
            RC_ASSERT(found->late == late);
            KeyCounts scanned;
            const auto end = fixture_.store().scan({range, {}, {}}, [&](const EventView& event) {
                ++scanned[std::string(event.key)];
                return Visit::next;
            });
            RC_ASSERT(end.has_value());
            RC_ASSERT(scanned == expected);
            KeyCounts summed;
            const auto panes = fixture_.store().panes(range);
            RC_ASSERT(panes.has_value());
            for (const PaneCount& pane : *panes)
                summed[pane.key] += pane.count;
            RC_ASSERT(summed == expected);
        }
        const auto ledger = fixture_.store().ledger();
        RC_ASSERT(ledger.has_value());
        RC_ASSERT(*ledger == ledger_);
        RC_ASSERT(ledger->balances());
    }

    void advance() { fixture_.clock.advance(Duration{between(1, 90'000)}); }

  private:
    struct Counted {
        Timestamp ts;
        std::string key;
        bool late = false;
    };

    static DynamoOptions options_of(int layout, int shards) {
        DynamoOptions options = dynamo_options(layout == 0 ? Layout::rows : Layout::blocks);
        options.shards = static_cast<unsigned>(shards);
        return options;
    }
    Timestamp base() { return align_down(fixture_.clock.now(), Duration{1000}); }

    Batch some_batch() {
        const LineFormat format = between(0, 1) == 0 ? LineFormat::ndjson : LineFormat::csv;
        const Timestamp now = fixture_.clock.now();
        BatchMaker maker("batch#" + std::to_string(sent_.size()), now - Duration{between(0, 5000)}, format);
        const int size = std::array{0, 1, 3, 30, 200}[static_cast<std::size_t>(between(0, 4))];
        for (int i = 0; i < size; ++i) {
            if (between(0, 15) == 0) {
                maker.reject("{bad");
                continue;
            }
            const std::string id = between(0, 5) == 0 ? "free." + std::to_string(between(0, 20))
                                                      : "r-" + std::to_string(between(0, 150));
            maker.add({id, now - Duration{between(-30'000, 600'000)},
                       std::array{"A", "St. Lawrence", "(blank)", "\"x\""}[static_cast<std::size_t>(
                           format == LineFormat::csv ? between(0, 2) : between(0, 3))]});
        }
        Batch batch = maker.make();
        batch.id_is_unique = between(0, 2) == 0;
        sent_.push_back(batch);
        events_of_.push_back(maker_events(batch));
        return batch;
    }
    // The events of a batch as a reader would tell them: by their lines.
    static std::vector<std::pair<std::string, Counted>> maker_events(const Batch& batch) {
        std::vector<std::pair<std::string, Counted>> events;
        for (const EventRecord& event : batch.events) {
            const std::string line(batch.line(event));
            const std::size_t begin =
                batch.format == LineFormat::csv ? 0 : std::string("{\"event_id\":\"").size();
            const std::size_t end = line.find(batch.format == LineFormat::csv ? ',' : '"', begin);
            events.push_back({line.substr(begin, end - begin),
                              {event.ts, batch.keys[event.key],
                               batch.received_at - event.ts > test_identity().window.lateness}});
        }
        return events;
    }
    void count(const Batch& batch) {
        if (!counted_.insert(batch.batch_id).second) return;
        std::uint64_t stored = 0, late = 0;
        const std::size_t index = std::stoul(batch.batch_id.substr(6));
        for (const auto& [id, event] : events_of_[index]) {
            if (!events_.insert({batch.batch_id + "/" + id, event}).second) continue;
            ++stored;
            late += event.late ? 1 : 0;
        }
        ledger_.received += batch.received;
        ledger_.stored += stored;
        ledger_.duplicates += batch.events.size() - stored;
        ledger_.rejected += batch.rejected.size();
        ledger_.late += late;
        ++ledger_.batches;
    }

    std::mt19937 random_;
    DynamoFixture fixture_;
    std::vector<Batch> sent_;
    std::vector<std::vector<std::pair<std::string, Counted>>> events_of_;
    std::set<std::string> counted_;
    std::map<std::string, Counted> events_;
    Ledger ledger_;
};

TEST(DynamoModel, counts_are_what_was_sent_and_what_is_stored) {
    EXPECT_TRUE(rc::check("model", [] {
        DynamoTwin twin(*rc::gen::arbitrary<std::uint32_t>());
        const int steps = twin.between(1, 8);
        for (int i = 0; i < steps; ++i) {
            twin.commit();
            if (twin.between(0, 2) == 0) twin.advance();
            if (i + 1 == steps || twin.between(0, 2) == 0) twin.compare();
        }
    }));
}

}  // namespace
}  // namespace weir::test
