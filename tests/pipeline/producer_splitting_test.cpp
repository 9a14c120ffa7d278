#include "pipeline/producer_splitting.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "codec/compression.h"

namespace weir {
namespace {

// Lines of hexadecimal digits: they compress to about half.
OutgoingBatch batch_of(std::uint64_t events, std::size_t line_bytes, unsigned seed = 1) {
    std::mt19937 random(seed);
    OutgoingBatch batch;
    batch.batch_id = "run-b7";
    batch.content_type = "application/x-ndjson";
    batch.events = events;
    batch.first_sequence = 1001;
    for (std::uint64_t i = 0; i < events; ++i) {
        for (std::size_t n = 0; n < line_bytes; ++n)
            batch.body += "0123456789abcdef"[random() % 16];
        batch.body += '\n';
    }
    return batch;
}

std::string text_of(const OutgoingBatch& batch) {
    EXPECT_EQ(batch.content_encoding, "zstd");
    return zstd_decompress(batch.body, {}).value();
}

TEST(CompressedToFit, leaves_a_batch_that_fits_as_it_is) {
    const OutgoingBatch batch = batch_of(100, 50);
    const auto parts = compressed_to_fit(batch, Bytes{5'000});
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].batch_id, "run-b7");
    EXPECT_EQ(parts[0].events, 100U);
    EXPECT_EQ(text_of(parts[0]), batch.body);
}

TEST(CompressedToFit, makes_whole_batches_of_whole_lines_that_together_are_the_batch) {
    for (const std::uint64_t events : {2U, 3U, 10U, 997U})
        for (const std::uint64_t most : {60U, 200U, 1'000U, 20'000U}) {
            const OutgoingBatch batch = batch_of(events, 100, static_cast<unsigned>(events + most));
            const auto parts = compressed_to_fit(batch, Bytes{most});
            std::string text;
            std::uint64_t next = batch.first_sequence;
            std::set<std::string> ids;
            for (const OutgoingBatch& part : parts) {
                EXPECT_TRUE(part.body.size() <= most || part.events == 1);
                EXPECT_EQ(part.first_sequence, next);
                EXPECT_EQ(part.content_type, batch.content_type);
                const std::string lines = text_of(part);
                EXPECT_EQ(static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')),
                          part.events);
                EXPECT_TRUE(ids.insert(part.batch_id).second) << part.batch_id;
                next += part.events;
                text += lines;
            }
            EXPECT_EQ(text, batch.body);
            EXPECT_EQ(next - batch.first_sequence, events);
        }
}

TEST(CompressedToFit, fills_the_batches_it_makes) {
    const auto parts = compressed_to_fit(batch_of(2'000, 100), Bytes{10'000});
    const auto bytes =
        std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                        [](std::size_t sum, const auto& part) { return sum + part.body.size(); });
    EXPECT_LE(parts.size(), bytes / 8'000);
}

// What the whole compresses to says little of a part: here all the room goes to the first half, or the
// second.
TEST(CompressedToFit, keeps_every_part_within_its_bytes_however_unevenly_the_lines_compress) {
    const OutgoingBatch dense = batch_of(500, 100);
    std::string repeated;
    for (int i = 0; i < 500; ++i)
        repeated += std::string(100, '.') + '\n';
    for (const std::string& body : {dense.body + repeated, repeated + dense.body}) {
        OutgoingBatch batch = dense;
        batch.body = body;
        batch.events = 1000;
        std::string text;
        for (const OutgoingBatch& part : compressed_to_fit(batch, Bytes{10'000})) {
            EXPECT_LE(part.body.size(), 10'000U) << part.batch_id;
            text += text_of(part);
        }
        EXPECT_EQ(text, body);
    }
}

TEST(CompressedToFit, takes_a_last_line_without_its_end) {
    OutgoingBatch batch = batch_of(3, 100);
    batch.body.pop_back();
    const auto parts = compressed_to_fit(batch, Bytes{70});
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(text_of(parts[0]) + text_of(parts[1]) + text_of(parts[2]), batch.body);
}

TEST(CompressedToFit, does_not_name_events_whose_numbers_are_not_known) {
    OutgoingBatch batch = batch_of(2, 100);
    batch.first_sequence = 0;
    for (const OutgoingBatch& part : compressed_to_fit(batch, Bytes{70}))
        EXPECT_EQ(part.first_sequence, 0U);
}

}  // namespace
}  // namespace weir
