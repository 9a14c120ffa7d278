#include "server/disk_guard.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(DiskGuard, stops_ingest_below_the_limit_and_heals) {
    Health health;
    std::optional<std::uint64_t> free = 100;
    DiskGuard guard([&] { return free; }, {100}, health);
    guard.check();
    EXPECT_FALSE(health.refusal()) << "exactly the limit is enough";
    free = 99;
    guard.check();
    ASSERT_TRUE(health.refusal());
    EXPECT_EQ(health.refusal()->reason, "disk-full");
    EXPECT_EQ(health.refusal()->code, ErrorCode::unavailable);
    EXPECT_EQ(health.state(), "disk-full");
    free = std::nullopt;
    guard.check();
    EXPECT_TRUE(health.refusal()) << "what cannot be told changes nothing";
    free = 100;
    guard.check();
    EXPECT_FALSE(health.refusal());
    EXPECT_EQ(health.state(), "ready");
}

TEST(DiskGuard, tells_what_is_free_of_a_real_folder) {
    EXPECT_GT(free_bytes("/"), 0U);
    EXPECT_FALSE(free_bytes("/no/such/folder"));
}

TEST(Health, the_worst_is_told_and_a_failure_only_once) {
    Health health;
    EXPECT_EQ(health.state(), "ready");
    health.set_disk_full(true);
    health.set_draining();
    EXPECT_EQ(health.state(), "draining");
    EXPECT_TRUE(health.set_failed({ErrorCode::storage, "first", "fsync failed", ""}));
    EXPECT_FALSE(health.set_failed({ErrorCode::storage, "second", "again", ""}));
    EXPECT_EQ(health.state(), "failed");
    EXPECT_EQ(health.refusal()->reason, "first");
    EXPECT_EQ(health.refusal()->code, ErrorCode::storage);
}

}  // namespace
}  // namespace weir
