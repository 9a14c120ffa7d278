// What the decoder makes of a batch as a whole.
#include "codec/batch_decoder.h"

#include <gtest/gtest.h>

#include "codec/decoding.h"

namespace weir {
namespace {

using test::decode;
using test::received_at;

constexpr std::string_view good_line =
    R"({"event_id":"r7f3-000001","ts":"2026-11-24T00:15:53.123Z","County":"Delaware"})";

TEST(BatchDecoder, refuses_a_batch_of_too_many_lines_whole) {
    EventLimits limits;
    limits.max_lines = 2;
    EXPECT_TRUE(decode(MediaType::ndjson, "x\n\nx\n\n", limits));
    const auto batch = decode(MediaType::ndjson, "x\nx\nx", limits);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::too_large);
    EXPECT_EQ(batch.error().reason, "too-many-lines");
}

TEST(BatchDecoder, refuses_a_batch_of_too_many_bad_lines_whole) {
    EventLimits limits;
    limits.max_rejected = 2;
    EXPECT_TRUE(decode(MediaType::ndjson, "x\nx\n" + std::string(good_line), limits));
    const auto batch = decode(MediaType::ndjson, "x\nx\nx", limits);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::too_large);
    EXPECT_EQ(batch.error().reason, "too-many-rejected");
}

TEST(BatchDecoder, the_same_body_is_the_same_batch) {
    BatchDecoder decoder("County", {});
    const auto decode_as = [&](MediaType media, const std::string& body) {
        return *decoder.decode({media, "", body, received_at, ""});
    };
    const Batch first = decode_as(MediaType::ndjson, "{}"), again = decode_as(MediaType::ndjson, "{}");
    EXPECT_EQ(first.batch_id, again.batch_id);
    EXPECT_EQ(first.batch_id, "h-" + to_hex(first.content));
    EXPECT_EQ(first.content, again.content);
    EXPECT_FALSE(first.content == decode_as(MediaType::ndjson, "{} ").content);
    EXPECT_FALSE(first.content == decode_as(MediaType::json, "{}").content)
        << "another media type holds other lines";
    EXPECT_FALSE(decode_as(MediaType::ndjson, "").content == decode_as(MediaType::csv, "").content);
}

}  // namespace
}  // namespace weir
