#include "store/rocks/id_index.h"

#include <map>
#include <optional>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "batches.h"

namespace weir::rocks {
namespace {

constexpr Duration second{std::chrono::seconds{1}};
constexpr Duration minute{std::chrono::minutes{1}};

Hash128 id_of(unsigned number) {
    return hash128("probe:" + std::to_string(number));
}

Timestamp at(Duration since) {
    return timestamp_from_ms(1'800'000'000'000) + since;
}

// A batch of events with these ids, every one after an event that has a producer.
Batch batch_of(const std::vector<unsigned>& ids, Timestamp received_at) {
    Batch batch;
    batch.received_at = received_at;
    for (const unsigned id : ids) {
        EventRecord with_producer, without;
        with_producer.producer = 0;
        batch.events.push_back(with_producer);
        batch.events.push_back(without);
        batch.foreign_ids.push_back(id_of(id));
    }
    return batch;
}

// The index in the batch of the event with its nth id.
std::uint32_t event_of(std::size_t nth) {
    return static_cast<std::uint32_t>(2 * nth + 1);
}

Result<std::vector<std::uint32_t>> claim(IdIndex& index, const std::vector<unsigned>& ids,
                                         Timestamp received_at) {
    std::vector<std::uint32_t> duplicates;
    if (auto claimed = index.claim(batch_of(ids, received_at), duplicates); !claimed)
        return fail(claimed.error());
    return duplicates;
}

// When each id was stored last; nothing is ever forgotten.
class Twin {
  public:
    explicit Twin(Duration horizon) : horizon_(horizon) {}

    std::vector<std::uint32_t> claim(const std::vector<unsigned>& ids, Timestamp received_at) {
        std::vector<std::uint32_t> duplicates;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto known = stored_.find(ids[i]);
            if (known != stored_.end() && known->second >= received_at - horizon_)
                duplicates.push_back(event_of(i));
            else
                places_.push_back(stored_[ids[i]] = received_at);
        }
        return duplicates;
    }
    // Ids that are new at this time, those that must be known, and the times that ids were stored since.
    std::size_t fresh(const std::vector<unsigned>& ids, Timestamp received_at) const {
        std::set<unsigned> fresh;
        for (const unsigned id : ids)
            if (const auto known = stored_.find(id);
                known == stored_.end() || known->second < received_at - horizon_)
                fresh.insert(id);
        return fresh.size();
    }
    std::size_t held(Timestamp received_at) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            stored_, [&](const auto& id) { return id.second >= received_at - horizon_; }));
    }
    std::size_t places_since(Timestamp oldest) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(places_, [&](Timestamp received_at) { return received_at >= oldest; }));
    }
    // The ids stored since, by time.
    std::map<Timestamp, std::vector<unsigned>> since(Timestamp oldest) const {
        std::map<Timestamp, std::vector<unsigned>> found;
        for (const auto& [id, received_at] : stored_)
            if (received_at >= oldest) found[received_at].push_back(id);
        return found;
    }

  private:
    Duration horizon_;
    std::map<unsigned, Timestamp> stored_;
    std::vector<Timestamp> places_;  // one for each time that an id was stored
};

// As an index is filled when a store is opened.
void fill(IdIndex& index, const Twin& twin, Timestamp oldest) {
    const auto stored = twin.since(oldest);
    for (auto at = stored.rbegin(); at != stored.rend(); ++at) {
        std::vector<Hash128> ids;
        for (const unsigned id : at->second)
            ids.push_back(id_of(id));
        RC_ASSERT(index.add_older(ids, at->first));
    }
}

TEST(IdIndex, agrees_with_a_map_of_all_ids_and_their_times) {
    EXPECT_TRUE(rc::check([] {
        const auto horizon = *rc::gen::elementOf(std::vector<Duration>{second, 10 * second, 10 * minute});
        const auto max_ids = *rc::gen::element<std::uint64_t>(1, 2, 3, 10, 63, 64, 100, 3000);
        auto index = std::make_unique<IdIndex>(horizon, max_ids);
        Twin twin(horizon);
        // Whole seconds, and gaps of several, so that no batch lies where a mark is not exact.
        Timestamp now = at(Duration{0});
        const int batches = *rc::gen::inRange(1, 60);
        for (int b = 0; b < batches; ++b) {
            now += *rc::gen::elementOf(std::vector<Duration>{Duration{0}, Duration{0}, 2 * second, 9 * second,
                                                             5 * minute, 12 * minute});
            const auto ids = *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 120U));
            const std::size_t fresh = twin.fresh(ids, now);
            const std::uint64_t before = index->size();
            const auto duplicates = claim(*index, ids, now);
            if (duplicates) {
                RC_ASSERT(*duplicates == twin.claim(ids, now));
            } else if (fresh > max_ids) {
                RC_ASSERT(duplicates.error().reason == "too-many-ids");
            } else {
                RC_ASSERT(duplicates.error().reason == "ids-full");
                // Full for a reason, and nothing was added.
                RC_ASSERT(twin.places_since(now - horizon - IdIndex::longest_overtaking) + fresh > max_ids);
                RC_ASSERT(index->size() <= before);
            }
            RC_ASSERT(index->size() <= max_ids);
            RC_ASSERT(index->size() >= twin.held(now));
            if (*rc::gen::inRange(0, 6) != 0) continue;
            index = std::make_unique<IdIndex>(horizon, max_ids);  // a restart
            fill(*index, twin, now - horizon);
        }
    }));
}

TEST(IdIndex, forgets_nothing_before_the_horizon_and_everything_soon_after) {
    IdIndex index(10 * minute, 100);
    EXPECT_EQ(claim(index, {1, 2}, at(Duration{0})), std::vector<std::uint32_t>{});
    EXPECT_EQ(claim(index, {1}, at(10 * minute)), std::vector{event_of(0)});
    EXPECT_EQ(claim(index, {1}, at(10 * minute + second)), std::vector<std::uint32_t>{});
    // Stored again: from now on, and the old place of it is cleared away without harm.
    EXPECT_EQ(claim(index, {1}, at(20 * minute)), std::vector{event_of(0)});
    EXPECT_EQ(index.size(), 1U);
    EXPECT_EQ(claim(index, {1, 2}, at(20 * minute)), std::vector{event_of(0)});
}

TEST(IdIndex, an_overtaken_batch_is_judged_by_when_it_was_received) {
    IdIndex index(10 * minute, 100);
    ASSERT_TRUE(claim(index, {1}, at(Duration{0})));
    ASSERT_TRUE(claim(index, {2}, at(10 * minute + 59 * second)));
    EXPECT_EQ(claim(index, {1}, at(10 * minute)), std::vector{event_of(0)});
}

TEST(IdIndex, ids_from_before_the_clock_was_set_back_are_not_kept_until_it_is_there_again) {
    IdIndex index(10 * minute, 2);
    ASSERT_TRUE(claim(index, {1, 2}, at(24 * 60 * minute)));
    EXPECT_EQ(claim(index, {3}, at(Duration{0})).error().reason, "ids-full");
    EXPECT_EQ(claim(index, {3}, at(12 * minute)), std::vector<std::uint32_t>{});
}

TEST(IdIndex, a_batch_without_room_is_refused_whole_and_says_what_to_do) {
    IdIndex index(10 * minute, 4);
    ASSERT_TRUE(claim(index, {1, 2, 3}, at(Duration{0})));
    const auto refused = claim(index, {1, 4, 5}, at(second));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_EQ(refused.error().reason, "ids-full");
    EXPECT_NE(refused.error().hint.find("--deduplicate-ids-max"), std::string::npos);
    EXPECT_EQ(index.size(), 3U);
    EXPECT_EQ(claim(index, {2, 4, 4, 2, 4}, at(second)),
              (std::vector{event_of(0), event_of(2), event_of(3), event_of(4)}))
        << "one new id has room, however often it comes";
    EXPECT_EQ(claim(index, {5}, at(second)).error().reason, "ids-full");
    const auto hopeless = claim(index, {11, 12, 13, 14, 15}, at(second));
    EXPECT_EQ(hopeless.error().code, ErrorCode::too_large);
    EXPECT_EQ(claim(index, {5}, at(11 * minute + 2 * second)), std::vector<std::uint32_t>{});
}

TEST(IdIndex, older_ids_go_in_front_as_long_as_there_is_room) {
    IdIndex index(10 * minute, 3);
    EXPECT_TRUE(index.add_older(std::vector{id_of(1)}, at(9 * minute)));
    EXPECT_TRUE(index.add_older(std::vector{id_of(1), id_of(2)}, at(minute)));
    EXPECT_TRUE(index.add_older(std::vector{id_of(3)}, at(Duration{0})));
    EXPECT_TRUE(index.add_older(std::vector{id_of(3)}, at(Duration{0}))) << "known: it takes no room";
    EXPECT_FALSE(index.add_older(std::vector{id_of(4)}, at(Duration{0})));
    // 3 has left its horizon, 2 has not, 1 counts from when it was stored last.
    EXPECT_EQ(claim(index, {1, 2}, at(11 * minute)), (std::vector{event_of(0), event_of(1)}));
    EXPECT_EQ(claim(index, {3}, at(11 * minute + 2 * second)), std::vector<std::uint32_t>{});
    EXPECT_EQ(claim(index, {1}, at(19 * minute)), std::vector{event_of(0)});
}

// Many more ids than fit, one after another: every slot and every place is used again and again.
TEST(IdIndex, a_long_run_stays_within_its_bounds_and_is_exact) {
    constexpr unsigned a_second = 100, seconds = 900;
    constexpr std::uint64_t most = a_second * (120 + 60 + 2);
    IdIndex index(2 * minute, most);
    for (unsigned s = 0; s < seconds; ++s) {
        std::vector<unsigned> ids;
        for (unsigned i = 0; i < a_second; ++i)
            ids.push_back(s * a_second + i);
        if (s >= 120) ids.push_back((s - 120) * a_second);
        const auto duplicates = claim(index, ids, at(s * second));
        ASSERT_TRUE(duplicates) << s << ": " << duplicates.error().message;
        ASSERT_EQ(*duplicates, s >= 120 ? std::vector{event_of(a_second)} : std::vector<std::uint32_t>{})
            << s;
    }
    EXPECT_LE(index.size(), most);
}

}  // namespace
}  // namespace weir::rocks
