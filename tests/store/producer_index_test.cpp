#include "store/rocks/producer_index.h"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "batches.h"
#include "store/rocks/producer_retention.h"

namespace weir::rocks {
namespace {

// The records behind the index.
struct Records {
    std::map<std::string, std::string> map;
    ProducerIndex::Reader reader() {
        return [this](std::string_view key) -> Result<std::optional<std::string>> {
            const auto found = map.find(std::string(key));
            return found == map.end() ? std::nullopt : std::optional(found->second);
        };
    }
    ProducerIndex::Writer writer() {
        return [this](std::string_view key, const std::optional<std::string>& value) {
            if (value)
                map[std::string(key)] = *value;
            else
                map.erase(std::string(key));
        };
    }
};

Batch batch_of(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& events, Timestamp ts) {
    Batch batch;
    batch.producers = {{"alpha", 0}, {"alpha", 6}, {"beta", 0}};
    for (const auto& [producer, sequence] : events) {
        EventRecord record;
        record.producer = producer;
        record.sequence = sequence;
        record.ts = ts;
        batch.events.push_back(record);
    }
    return batch;
}

// Sequences as producers send them: runs in order, runs again, runs out of order, single ones, far jumps.
std::vector<std::pair<std::uint32_t, std::uint64_t>> some_events() {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> events;
    const int runs = *rc::gen::inRange(1, 6);
    for (int r = 0; r < runs; ++r) {
        const auto producer = *rc::gen::inRange<std::uint32_t>(0, 4);
        const auto base = *rc::gen::element<std::uint64_t>(0, 0, 0, 4000, 8192, 999'999'999'999'990'000);
        const auto first = base + *rc::gen::inRange<std::uint64_t>(0, 300);
        const auto length = *rc::gen::element<std::uint64_t>(1, 1, 3, 64, 100, 500, 5000);
        const auto step = *rc::gen::element<std::uint64_t>(1, 1, 1, 2);
        for (std::uint64_t i = 0; i < length; ++i)
            events.emplace_back(producer == 3 ? no_producer : producer, first + i * step);
    }
    return events;
}

TEST(ProducerIndex, agrees_with_a_set_of_all_sequences) {
    EXPECT_TRUE(rc::check([] {
        Records records;
        const auto max_bytes = *rc::gen::element<std::size_t>(0, 2000, ProducerIndex::default_max_bytes);
        auto index = std::make_unique<ProducerIndex>(records.reader(), max_bytes);
        std::set<std::pair<std::uint32_t, std::uint64_t>> twin;
        const int commits = *rc::gen::inRange(1, 15);
        for (int c = 0; c < commits; ++c) {
            const Batch batch = batch_of(some_events(), timestamp_from_ms(1000));
            std::vector<std::uint32_t> duplicates, expected;
            for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
                const EventRecord& event = batch.events[i];
                if (event.producer != no_producer && !twin.insert({event.producer, event.sequence}).second)
                    expected.push_back(i);
            }
            RC_ASSERT(index->claim(batch, duplicates).has_value());
            RC_ASSERT(duplicates == expected);
            if (*rc::gen::inRange(0, 3) == 0) continue;  // several batches in one group
            index->flush(records.writer());
            index->trim();
            if (*rc::gen::inRange(0, 3) == 0)  // a restart
                index = std::make_unique<ProducerIndex>(records.reader(), max_bytes);
        }
    }));
}

TEST(ProducerIndex, a_producer_without_gaps_costs_one_small_record) {
    Records records;
    ProducerIndex index(records.reader());
    // Four batches in flight: they arrive out of order, but leave no gap in the end.
    for (const std::uint64_t first :
         {1001ULL, 1ULL, 501ULL, 5001ULL, 1501ULL, 4001ULL, 2501ULL, 2001ULL, 3001ULL, 4501ULL, 3501ULL}) {
        std::vector<std::pair<std::uint32_t, std::uint64_t>> events;
        for (std::uint64_t i = 0; i < 500; ++i)
            events.emplace_back(0, first + i);
        std::vector<std::uint32_t> duplicates;
        ASSERT_TRUE(index.claim(batch_of(events, timestamp_from_ms(0)), duplicates).has_value());
        EXPECT_TRUE(duplicates.empty());
        index.flush(records.writer());
    }
    ASSERT_EQ(records.map.size(), 1U);
    EXPECT_LT(records.map.begin()->first.size() + records.map.begin()->second.size(), 32U);
    EXPECT_EQ(*decode_head(records.map.begin()->second), (ProducerHead{timestamp_from_ms(0), 1, 5501, 0}));
}

TEST(ProducerIndex, a_damaged_record_is_an_error) {
    Records records;
    records.map[head_key(producer_prefix({"alpha", 0}))] = "short";
    ProducerIndex index(records.reader());
    std::vector<std::uint32_t> duplicates;
    EXPECT_EQ(index.claim(batch_of({{0, 1}}, timestamp_from_ms(0)), duplicates).error().reason,
              "store-corrupt");
}

TEST(ProducerRetention, forgets_what_is_old_and_nothing_younger) {
    EXPECT_TRUE(rc::check([] {
        Records records;
        ProducerIndex index(records.reader());
        std::map<std::pair<std::uint32_t, std::uint64_t>, std::int64_t> twin;  // to ts
        for (std::int64_t time = 0; time < 8; ++time) {
            const Batch batch = batch_of(some_events(), timestamp_from_ms(time));
            for (const EventRecord& event : batch.events)
                if (event.producer != no_producer) twin.try_emplace({event.producer, event.sequence}, time);
            std::vector<std::uint32_t> ignored;
            RC_ASSERT(index.claim(batch, ignored).has_value());
            index.flush(records.writer());
        }
        const auto oldest = *rc::gen::inRange<std::int64_t>(0, 10);
        // The records are given in slices, as the store does it between commits.
        const auto slice = *rc::gen::element<std::size_t>(1, 2, 1000);
        for (std::string from; true;) {
            std::vector<std::pair<std::string, std::string>> given;
            auto it = records.map.lower_bound(from);
            for (; it != records.map.end() && given.size() < slice; ++it)
                given.emplace_back(*it);
            const bool more = it != records.map.end();
            if (more) from = it->first;
            const auto write = records.writer();
            ProducerRetention retention(timestamp_from_ms(oldest), records.reader(),
                                        [&](std::string_view key, const std::optional<std::string>& value) {
                                            write(key, value);
                                            index.forget(decode_producer_key(key)->prefix);
                                        });
            for (const auto& [key, value] : given)
                RC_ASSERT(retention.visit(key, value).has_value());
            retention.finish();
            if (!more) break;
        }
        if (oldest >= 8) RC_ASSERT(records.map.empty());
        // What is young is known still; what is old may be.
        std::vector<std::pair<std::uint32_t, std::uint64_t>> young;
        for (const auto& [id, time] : twin)
            if (time >= oldest) young.push_back(id);
        std::vector<std::uint32_t> duplicates;
        RC_ASSERT(index.claim(batch_of(young, timestamp_from_ms(9)), duplicates).has_value());
        RC_ASSERT(duplicates.size() == young.size());
        // And what goes on after it is exact: each id is new once.
        const auto events = some_events();
        std::vector<std::uint32_t> first, second;
        RC_ASSERT(index.claim(batch_of(events, timestamp_from_ms(9)), first).has_value());
        index.flush(records.writer());
        ProducerIndex reread(records.reader());
        RC_ASSERT(reread.claim(batch_of(events, timestamp_from_ms(9)), second).has_value());
        const auto with_producer = static_cast<std::size_t>(std::count_if(
            events.begin(), events.end(), [](const auto& event) { return event.first != no_producer; }));
        RC_ASSERT(second.size() == with_producer);
    }));
}

TEST(SequenceChunk, is_read_back_as_it_was_written_in_the_shorter_form) {
    EXPECT_TRUE(rc::check([] {
        SequenceChunk chunk;
        std::vector<bool> twin(chunk_sequences, false);
        chunk.newest = timestamp_from_ms(*rc::gen::arbitrary<std::int32_t>());
        const int steps = *rc::gen::inRange(0, 12);
        for (int i = 0; i < steps; ++i) {
            const auto from = *rc::gen::inRange<std::uint64_t>(0, chunk_sequences);
            const auto to = *rc::gen::inRange<std::uint64_t>(from, chunk_sequences + 1);
            const bool value = *rc::gen::inRange(0, 3) != 0;
            value ? chunk.set(from, to) : chunk.clear(from, to);
            for (std::uint64_t bit = from; bit < to; ++bit)
                twin[bit] = value;
        }
        if (*rc::gen::inRange(0, 3) == 0)
            for (std::uint64_t bit = 0; bit < chunk_sequences; bit += 2) {
                chunk.set(bit, bit + 1);
                twin[bit] = true;
            }
        for (std::uint64_t bit = 0; bit < chunk_sequences; ++bit)
            RC_ASSERT(chunk.test(bit) == twin[bit]);
        const auto bit = *rc::gen::inRange<std::uint64_t>(0, chunk_sequences);
        std::uint64_t ones = 0, before = 0;
        while (bit + ones < chunk_sequences && twin[bit + ones])
            ++ones;
        while (before < bit && twin[bit - before - 1])
            ++before;
        RC_ASSERT(chunk.ones_from(bit) == ones);
        RC_ASSERT(chunk.ones_before(bit) == before);
        const std::string record = encode(chunk);
        RC_ASSERT(record.size() <= 9 + chunk_sequences / 8);
        RC_ASSERT(decode_chunk(record) == chunk);
    }));
}

}  // namespace
}  // namespace weir::rocks
