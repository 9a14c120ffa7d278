#include "server/worker_pool.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "server/repeater.h"
#include "support/eventually.h"

namespace weir {
namespace {

TEST(WorkerPool, runs_what_it_took_and_refuses_when_its_queue_is_full) {
    WorkerPool pool(1, 2);
    std::promise<void> running, go_on;
    std::atomic<int> done = 0;
    ASSERT_TRUE(pool.submit([&] {
        running.set_value();
        go_on.get_future().wait();
        ++done;
    }));
    running.get_future().wait();
    std::promise<void> last;
    ASSERT_TRUE(pool.submit([&] { ++done; }));
    ASSERT_TRUE(pool.submit([&] {
        ++done;
        last.set_value();
    }));
    EXPECT_FALSE(pool.submit([&] { ++done; }));
    go_on.set_value();
    last.get_future().wait();
    EXPECT_EQ(done, 3);
}

TEST(WorkerPool, stopping_finishes_what_runs_and_drops_what_waits) {
    WorkerPool pool(1, 8);
    std::promise<void> running, go_on;
    std::atomic<int> done = 0;
    const auto kept = std::make_shared<int>(0);
    ASSERT_TRUE(pool.submit([&] {
        running.set_value();
        go_on.get_future().wait();
        ++done;
    }));
    running.get_future().wait();
    ASSERT_TRUE(pool.submit([&done, kept] { ++done; }));
    std::thread stopping([&] { pool.stop(); });
    EXPECT_TRUE(test::eventually([&] { return kept.use_count() == 1; })) << "what waits is dropped at once";
    go_on.set_value();
    stopping.join();
    EXPECT_EQ(done, 1);
    EXPECT_FALSE(pool.submit([] {}));
}

TEST(Repeater, repeats_until_it_is_stopped) {
    std::atomic<int> runs = 0;
    Repeater repeater(Duration{1}, [&] { ++runs; });
    while (runs < 3)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    repeater.stop();
    const int after = runs;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    EXPECT_EQ(runs, after);
}

TEST(Repeater, stopping_does_not_wait_for_the_pause) {
    const auto start = std::chrono::steady_clock::now();
    {
        const Repeater repeater(std::chrono::hours{1}, [] {});
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes{10});
}

}  // namespace
}  // namespace weir
