// When credentials are loaded again, and by whom.
#include "aws/credential_cache.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;

struct World {
    // What the source does, as a test says.
    struct Source final : CredentialSource {
        explicit Source(World& of) : world(of) {}
        Result<std::optional<Credentials>> load() override {
            ++world.loads;
            return world.next();
        }
        std::string looked_at() const override { return "the first place"; }
        World& world;
    };
    World() {
        std::vector<std::unique_ptr<CredentialSource>> sources;
        sources.push_back(std::make_unique<Source>(*this));
        cache = std::make_unique<CredentialCache>(std::move(sources), clock);
    }
    void give(std::optional<Duration> life) {
        next = [this, life]() -> Result<std::optional<Credentials>> {
            Credentials credentials{"AK" + std::to_string(loads), "SK", {}, {}, {}};
            if (life) credentials.expires = clock.now() + *life;
            return std::optional{credentials};
        };
    }
    void fail_to_load() {
        next = []() -> Result<std::optional<Credentials>> {
            return fail(ErrorCode::unauthorized, "broken", "broken");
        };
    }
    std::string key() {
        const auto credentials = cache->get();
        return credentials ? credentials->access_key : credentials.error().reason;
    }

    weir::test::ManualClock clock{*parse_rfc3339("2026-11-24T00:00:00Z")};
    std::atomic<int> loads{0};
    std::function<Result<std::optional<Credentials>>()> next;
    std::unique_ptr<CredentialCache> cache;
};

TEST(CredentialCache, long_lived_keys_are_loaded_once) {
    World world;
    world.give({});
    EXPECT_EQ(world.key(), "AK1");
    world.clock.advance(24h * 365);
    EXPECT_EQ(world.key(), "AK1");
}

TEST(CredentialCache, others_are_refreshed_five_minutes_before_they_expire) {
    World world;
    world.give(1h);
    EXPECT_EQ(world.key(), "AK1");
    world.clock.advance(55min - 1ms);
    EXPECT_EQ(world.key(), "AK1");
    world.clock.advance(1ms);
    EXPECT_EQ(world.key(), "AK2");
}

TEST(CredentialCache, short_lived_ones_are_used_for_half_their_life) {
    World world;
    world.give(2min);
    EXPECT_EQ(world.key(), "AK1");
    world.clock.advance(59s);
    EXPECT_EQ(world.key(), "AK1");
    world.clock.advance(1s);
    EXPECT_EQ(world.key(), "AK2");
}

TEST(CredentialCache, a_failed_refresh_goes_on_with_the_old_while_they_live) {
    World world;
    world.give(1h);
    EXPECT_EQ(world.key(), "AK1");
    world.clock.advance(56min);
    world.fail_to_load();
    EXPECT_EQ(world.key(), "AK1");
    EXPECT_EQ(world.key(), "AK1");
    EXPECT_EQ(world.loads, 2);  // not asked again at once
    world.clock.advance(1min);
    EXPECT_EQ(world.key(), "AK1");
    EXPECT_EQ(world.loads, 3);
    world.clock.advance(3min);
    EXPECT_EQ(world.key(), "broken");
    world.give(1h);
    EXPECT_EQ(world.key(), "AK5");
}

TEST(CredentialCache, expired_ones_are_not_given_out_again) {
    World world;
    world.give({});
    const auto first = world.cache->get();
    ASSERT_TRUE(first);
    world.cache->expire(*first);
    EXPECT_EQ(world.key(), "AK2");
    world.cache->expire(*first);  // a slower thread says so too, of those that are gone
    EXPECT_EQ(world.key(), "AK2");
}

TEST(CredentialCache, having_none_names_every_place) {
    World world;
    world.next = []() -> Result<std::optional<Credentials>> { return std::optional<Credentials>{}; };
    const auto none = world.cache->get();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::unauthorized);
    EXPECT_EQ(none.error().reason, "no-credentials");
    EXPECT_NE(none.error().message.find("the first place"), std::string::npos);
    EXPECT_FALSE(none.error().hint.empty());
}

TEST(CredentialCache, one_thread_loads_for_all) {
    World world;
    std::atomic<bool> goes_on{false};
    world.next = [&]() -> Result<std::optional<Credentials>> {
        while (!goes_on)
            std::this_thread::yield();
        return std::optional{Credentials{"AK", "SK", {}, {}, {}}};
    };
    std::vector<std::thread> threads;
    std::atomic<int> served{0};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] { served += world.key() == "AK" ? 1 : 0; });
    while (world.loads == 0)
        std::this_thread::yield();
    goes_on = true;
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(served, 8);
    EXPECT_EQ(world.loads, 1);
}

}  // namespace
}  // namespace weir::aws::test
