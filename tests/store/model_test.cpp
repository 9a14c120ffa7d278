// Random operations on the model and on the embedded store: every answer must be the same.
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "batches.h"
#include "harness.h"
#include "store/checks.h"

namespace weir::test {
namespace {

using std::chrono::hours;

// Draws from one seed: a case is thousands of draws, too many to shrink one by one.
class Twins {
  public:
    explicit Twins(std::uint32_t seed) : random_(seed) {}

    // As rc::gen::inRange: [from, to), or `from` when that is empty.
    template <typename T = int>
    T between(T from, T to) {
        return from >= to ? from : std::uniform_int_distribution<T>(from, to - 1)(random_);
    }
    template <typename T>
    T one_of(std::initializer_list<T> choices) {
        return *(choices.begin() + between<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(choices.size())));
    }

    Store& model() { return model_.store(); }
    Store& rocks() { return rocks_.store(); }
    Timestamp now() { return rocks_.clock.now(); }

    void commit() {
        std::vector<Batch> group;
        const int size = between(1, 5);
        for (int i = 0; i < size; ++i) {
            const bool again = !sent_.empty() && between(0, 5) == 0;
            group.push_back(again ? sent_[between<std::size_t>(0, sent_.size())] : some_batch());
            if (again && between(0, 4) == 0) group.back().content.low += 1;  // a conflict
        }
        std::vector<Batch> other = group;
        const auto expected = model().commit(other);
        const auto found = rocks().commit(group);
        RC_ASSERT(expected->size() == found->size());
        for (std::size_t i = 0; i < expected->size(); ++i) {
            const auto& left = (*expected)[i];
            const auto& right = (*found)[i];
            RC_ASSERT(left.has_value() == right.has_value());
            if (left) RC_ASSERT(*left == *right);
            if (!left) RC_ASSERT(left.error().reason == right.error().reason);
        }
    }

    void write_rows() {
        AggregateRow row;
        row.view = one_of<std::string>({"county-5m", "other"});
        row.window_end = now() - Duration{between(0, 20) * 60'000};
        row.counts = {{"A", between<std::uint64_t>(1, 1000)}};
        row.run_id = one_of<std::string>({"", "", "r1", "r2"});
        const auto left = *model().dirty_panes(), right = *rocks().dirty_panes();
        RC_ASSERT(left.size() == right.size());
        std::vector<DirtyPane> clear_left, clear_right;
        for (std::size_t i = 0; i < left.size(); ++i) {
            RC_ASSERT(left[i].pane == right[i].pane);
            const int what = between(0, 3);
            if (what == 0) continue;
            clear_left.push_back({left[i].pane, left[i].version + (what == 1 ? 1'000'000 : 0)});
            clear_right.push_back({right[i].pane, right[i].version + (what == 1 ? 1'000'000 : 0)});
        }
        const std::vector<AggregateRow> rows{row};
        RC_ASSERT(model().put_rows(rows, clear_left).has_value());
        RC_ASSERT(rocks().put_rows(rows, clear_right).has_value());
    }

    // Retention: everything sent before is too old to be sent again, as it would be refused before it came
    // here.
    void drop() {
        rocks_.clock.advance(hours{3});
        dropped_ = now() - hours{1};
        sent_.clear();
        RC_ASSERT(model().drop_before(dropped_).has_value());
        RC_ASSERT(rocks().drop_before(dropped_).has_value());
    }

    void advance() { rocks_.clock.advance(Duration{between(1, 400'000)}); }
    void reopen() { rocks_.reopen(); }

    void compare() {
        const auto second = [&] { return between<std::int64_t>(-3600, 120); };
        const Timestamp base = align_down(now(), Duration{1000});
        const TimeRange aligned{
            std::max(align_up(dropped_, Duration{1000}), base + Duration{second() * 1000}),
            base + Duration{second() * 1000}};
        const auto left = *model().window_counts(aligned), right = *rocks().window_counts(aligned);
        RC_ASSERT(left.counts == right.counts);
        RC_ASSERT(left.total == right.total);
        RC_ASSERT(left.late == right.late);
        const Timestamp end = base + Duration{between(-20, 3) * 1000};
        const TimeRange window{std::max(align_up(dropped_, Duration{1000}), end - Duration{300'000}), end};
        for (const TimeRange range : {aligned, window}) {
            const TopRequest request{between<std::size_t>(1, 6), {}};
            const auto few = *model().top_counts(range, request), same = *rocks().top_counts(range, request);
            RC_ASSERT(few.largest == same.largest);
            RC_ASSERT(few.keys == same.keys);
            RC_ASSERT(few.total == same.total);
            RC_ASSERT(few.late == same.late);
        }
        const TimeRange hour{std::max(aligned.start, aligned.end - max_panes_range), aligned.end};
        const auto panes = model().panes(hour), same_panes = rocks().panes(hour);
        RC_ASSERT(panes.has_value() && same_panes.has_value());
        RC_ASSERT(*panes == *same_panes);
        const TimeRange range{aligned.start + Duration{between(0, 1000)},
                              aligned.end + Duration{between(0, 1000)}};
        const auto page = one_of<std::size_t>({50, 1000, 100'000});
        RC_ASSERT(lines(model(), range, page) == lines(rocks(), range, page));
        RC_ASSERT(*model().ledger() == *rocks().ledger());
        RC_ASSERT(model().ledger()->balances());
        const TimeRange all{at(-1'000'000), at(10'000'000)};
        RC_ASSERT(model().dead_letters(all, 0, 10'000)->letters ==
                  rocks().dead_letters(all, 0, 10'000)->letters);
        const auto after = between<std::uint64_t>(0, 30);
        const auto limit = between<std::size_t>(1, 10);
        RC_ASSERT(model().dead_letters(range, after, limit)->letters ==
                  rocks().dead_letters(range, after, limit)->letters);
        RC_ASSERT(model().dead_letters(range, after, limit)->next ==
                  rocks().dead_letters(range, after, limit)->next);
        RC_ASSERT(*model().latest_row() == *rocks().latest_row());
        RC_ASSERT(*model().rows(range, limit) == *rocks().rows(range, limit));
        RC_ASSERT(*model().row_of_run("r1") == *rocks().row_of_run("r1"));
    }

  private:
    static std::vector<std::string> lines(Store& store, TimeRange range, std::size_t page_size) {
        std::vector<std::string> found;
        std::optional<ScanCursor> from;
        do {  // in pages
            std::size_t page = 0;
            const auto end = store.scan({range, {}, from}, [&](const EventView& event) {
                if (page++ == page_size) return Visit::stop;
                found.emplace_back(event.line);
                return Visit::next;
            });
            RC_ASSERT(end.has_value());
            from = end->next;
        } while (from);
        return found;
    }

    Batch some_batch() {
        const LineFormat format = one_of<LineFormat>({LineFormat::ndjson, LineFormat::csv});
        BatchMaker maker("batch-" + std::to_string(++batches_), now(), format);
        const int size = one_of<int>({0, 1, 2, 5, 20, 20, 5, 900});
        const std::string run = one_of<std::string>({"run", "other", "run.x"});
        auto sequence = between<std::uint64_t>(1, 300);
        for (int i = 0; i < size; ++i) {
            const int what = between(0, 12);
            if (what == 0) {
                maker.reject("bad line");
                continue;
            }
            if (what == 1) sequence = between<std::uint64_t>(1, 6000);
            const std::string id = what == 2 ? "free.form" : generation() + format_event_id(run, sequence++);
            const Duration age{between(-60'000, 3'000'000)};
            const Timestamp ts = std::max(dropped_, now() - age);
            maker.add({id, ts, one_of<std::string>({"A", "B", "St. Lawrence", "(blank)"})});
        }
        sent_.push_back(maker.make());
        return sent_.back();
    }

    // After a drop, producers go on under other names: an old id with a new ts is nothing a store promises
    // anything about.
    std::string generation() const { return "g" + std::to_string(to_ms(dropped_) / 3'600'000 % 1000) + "."; }

    std::mt19937 random_;
    MemoryHarness model_;
    RocksHarness rocks_{false};
    std::vector<Batch> sent_;
    int batches_ = 0;
    Timestamp dropped_ = at(0);
};

TEST(StoreModel, the_embedded_store_answers_as_the_model_does) {
    const auto property = [] {
        Twins twins(*rc::gen::arbitrary<std::uint32_t>());
        const int steps = twins.between(1, 16);
        for (int i = 0; i < steps; ++i) {
            const int what = twins.between(0, 20);
            if (what < 10)
                twins.commit();
            else if (what < 13)
                twins.write_rows();
            else if (what < 15)
                twins.reopen();
            else if (what < 16)
                twins.drop();
            else
                twins.advance();
            if (i + 1 == steps || twins.between(0, 3) == 0) twins.compare();
        }
    };
    EXPECT_TRUE(rc::check("model", property));
}

}  // namespace
}  // namespace weir::test
