#include "store/rocks/block.h"

#include <random>

#include <gtest/gtest.h>

#include "batches.h"
#include "codec/compression.h"

namespace weir::test {
namespace {

const Timestamp now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{12}};

BatchMaker lines(std::uint64_t number) {
    BatchMaker maker("b1", now);
    for (std::uint64_t i = 1; i <= number; ++i)
        maker.add({format_event_id("run", i), now});
    return maker;
}

Batch framed(const BatchMaker& maker, int level = 1) {
    Batch batch = maker.make();
    batch.frames = zstd_compress(batch.text, level);
    return batch;
}

bool keeps_frames(const BatchMaker& maker) {
    Batch batch = framed(maker, 9);
    const std::string frames = batch.frames;
    rocks::prepare_batch(batch, 1);
    EXPECT_TRUE(batch.prepared);
    EXPECT_FALSE(batch.packed.empty());
    return batch.packed == frames;
}

TEST(Block, keeps_the_frames_that_a_batch_came_in) {
    EXPECT_TRUE(keeps_frames(lines(600)));
}

TEST(Block, reads_lines_back_from_frames_with_a_break_after_the_last) {
    Batch batch = framed(lines(600), 9);
    rocks::prepare_batch(batch, 1);
    rocks::BlockBuilder builder;
    builder.add(batch, {});
    builder.finish(1);
    const std::string value = std::string(builder.head()) + std::string(builder.payload());
    const auto block = rocks::read_block(value, 1);
    ASSERT_TRUE(block) << block.error().message;
    std::string buffer;
    const auto text = rocks::unpack_block(*block, 1, buffer);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, batch.text);
    ASSERT_EQ(block->segments.size(), 1U);
    EXPECT_EQ(block->segments[0].events, 600U);
}

TEST(Block, compresses_anew_what_frames_hold_with_something_else) {
    EXPECT_FALSE(
        keeps_frames(BatchMaker("b1", now).reject("{bad").add({"run-1", now, std::string(40'000, 'k')})));
    EXPECT_FALSE(keeps_frames(lines(600).reject("{bad")));
    EXPECT_FALSE(keeps_frames(lines(600).reject("{bad").add({"run-000601", now})));
}

TEST(Block, compresses_anew_what_its_sender_hardly_compressed) {
    std::mt19937 random(7);  // NOLINT: the same lines every time
    BatchMaker maker("b1", now);
    for (std::uint64_t i = 1; i <= 600; ++i) {
        std::string key;
        for (int c = 0; c < 200; ++c)
            key.push_back(static_cast<char>('a' + random() % 26));
        maker.add({format_event_id("run", i), now, key});
    }
    Batch batch = framed(maker, -100);
    const std::string frames = batch.frames;
    ASSERT_GT(frames.size(), batch.text.size() / 4);
    rocks::prepare_batch(batch, 3);
    EXPECT_NE(batch.packed, frames);
}

}  // namespace
}  // namespace weir::test
