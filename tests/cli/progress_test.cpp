#include "cli/progress.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

TEST(ProgressLine, tells_share_rate_and_what_is_left) {
    ProducerProgress progress;
    progress.produced = 12'500;
    progress.acknowledged = 12'000;
    progress.rejected = 400;
    progress.retries = 1;
    progress.wire_bytes = 6'200'000;
    progress.seconds = 10;
    // 12,400 of 31,000 settled in 10 s: 1,240 a second, 18,600 left take 15 s.
    EXPECT_EQ(
        progress_line(progress, 31'000),
        "12,400/31,000 40%  1,240 events/s  0.6 MB/s  ETA 15s  acknowledged 12,000  rejected 400  retries 1");
}

TEST(ProgressLine, has_no_end_without_a_limit) {
    ProducerProgress progress;
    progress.acknowledged = 10;
    progress.failed = 2;
    progress.seconds = 1;
    EXPECT_EQ(progress_line(progress, std::nullopt),
              "12  12 events/s  0.0 MB/s  acknowledged 10  rejected 0  retries 0  failed 2");
}

TEST(ProgressLine, survives_its_first_moment) {
    EXPECT_EQ(progress_line({}, 500),
              "0/500 0%  0 events/s  0.0 MB/s  ETA ?  acknowledged 0  rejected 0  retries 0");
}

TEST(Eta, is_written_in_the_two_largest_units) {
    EXPECT_EQ(format_eta(0), "0s");
    EXPECT_EQ(format_eta(14.2), "15s");
    EXPECT_EQ(format_eta(200), "3m 20s");
    EXPECT_EQ(format_eta(7'500), "2h 5m");
    EXPECT_EQ(format_eta(90'000), "1d 1h");
    EXPECT_EQ(format_eta(1e300), "99d 0h");
}

}  // namespace
}  // namespace weir::cli
