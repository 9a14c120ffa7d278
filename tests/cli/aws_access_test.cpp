#include "cli/aws_access.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

struct Fitted {
    ProducerOptions options;
    std::string note;
};

Fitted fitted(const std::string& address, ProducerOptions options) {
    std::string note = fit_into_messages(address, options);
    return {std::move(options), std::move(note)};
}

ProducerOptions asked(Bytes batch, bool compress, LineFormat format = LineFormat::ndjson) {
    ProducerOptions options;
    options.batch_bytes = batch;
    options.compress = compress;
    options.format = format;
    return options;
}

const std::string queue = "sqs://q", stream = "kinesis://s";

// A queue's message is text: base64 makes four bytes of three, and the envelope comes before it.
TEST(FitIntoMessages, a_frame_that_is_as_large_as_it_may_be_fits_with_its_envelope) {
    constexpr std::uint64_t message = 1'048'576, envelope = 512;
    const auto to_queue = fitted(queue, asked(1_MiB, true)).options;
    EXPECT_LE((to_queue.most_compressed.value().count + 2) / 3 * 4 + envelope, message);
    EXPECT_GT(to_queue.most_compressed->count, message * 7 / 10);
    const auto to_stream = fitted(stream, asked(1_MiB, true)).options;
    EXPECT_LE(to_stream.most_compressed.value().count + envelope, message);
}

TEST(FitIntoMessages, what_is_compressed_may_be_larger_before) {
    for (const auto& address : {queue, stream}) {
        EXPECT_EQ(fitted(address, asked(4_MiB, true)).options.batch_bytes, 4_MiB);
        EXPECT_EQ(fitted(address, asked(4_MiB, true)).note, "");
        const Fitted much = fitted(address, asked(64_MiB, true));
        EXPECT_EQ(much.options.batch_bytes, 8_MiB);
        EXPECT_NE(much.note.find("--batch-bytes"), std::string::npos) << much.note;
        EXPECT_NE(much.note.find("store function"), std::string::npos) << much.note;
    }
}

// Nothing splits it once it is made.
TEST(FitIntoMessages, what_is_not_compressed_or_no_ndjson_fits_as_it_is) {
    constexpr std::uint64_t envelope = 512;
    for (const auto& address : {queue, stream})
        for (const LineFormat format : {LineFormat::ndjson, LineFormat::csv}) {
            const Fitted plain = fitted(address, asked(4_MiB, false, format));
            EXPECT_LE(plain.options.batch_bytes.count + envelope, (1_MiB).count);
            EXPECT_FALSE(plain.options.most_compressed);
            EXPECT_NE(plain.note.find("a message holds no more"), std::string::npos) << plain.note;
        }
    // Records that do not compress become base64 in a queue.
    const Fitted csv = fitted(queue, asked(4_MiB, true, LineFormat::csv));
    EXPECT_LE(csv.options.batch_bytes.count / 3 * 4 + envelope, (1_MiB).count);
    EXPECT_FALSE(csv.options.most_compressed);
}

TEST(FitIntoMessages, says_nothing_of_the_default_and_raises_nothing) {
    for (const auto& address : {queue, stream})
        for (const bool compress : {true, false})
            for (const LineFormat format : {LineFormat::ndjson, LineFormat::csv}) {
                EXPECT_EQ(fitted(address, asked(ProducerOptions{}.batch_bytes, compress, format)).note, "");
                EXPECT_EQ(fitted(address, asked(1_KiB, compress, format)).options.batch_bytes, 1_KiB);
            }
}

}  // namespace
}  // namespace weir::cli
