#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/aggregator.h"
#include "pipeline/make_batch.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::test {

constexpr Timestamp midnight = timestamp_from_ms(1'790'035'200'000);
static_assert(to_ms(midnight) % 86'400'000 == 0);

// A store, an aggregator over it in simulated time, and every event that was ever given to the store.
struct AggregatorBench {
    WindowSpec window;
    Duration settle{1'000};
    Duration retention{std::chrono::hours{24}};
    std::size_t max_rows = 5000;
    ManualClock clock{midnight};
    std::unique_ptr<Store> store;
    std::unique_ptr<Aggregator> aggregator;
    std::vector<Reading> sent;

    AggregatorBench() { open(); }
    explicit AggregatorBench(const WindowSpec& spec) : window(spec) { open(); }

    void open() {
        StoreIdentity identity;
        identity.view = "county-5m";
        identity.window = window;
        store = make_memory_store(identity);
        restart();
    }
    void restart() {
        aggregator = std::make_unique<Aggregator>(
            *store, clock, Aggregator::Options{"county-5m", window, settle, retention, max_rows});
    }
    void send(Timestamp ts, const std::string& key) { send({{fmt::format("e{}", sent.size()), ts, key}}); }
    void send(const std::vector<Reading>& readings) {
        Batch batch = make_batch(fmt::format("b{}", ++batches_), clock.now(), readings);
        const auto answers = store->commit({&batch, 1});
        ASSERT_TRUE(answers && answers->front());
        sent.insert(sent.end(), readings.begin(), readings.end());
    }
    std::size_t tick() {
        const auto written = aggregator->tick();
        EXPECT_TRUE(written) << written.error().message;
        return written.value_or(0);
    }
    std::size_t tick_at(Timestamp now) {
        clock.set(now);
        return tick();
    }
    std::optional<AggregateRow> row(Timestamp end) { return store->row_at(end).value(); }
    std::vector<AggregateRow> rows() {
        return store->rows({min_timestamp, max_timestamp}, 1'000'000).value();
    }

  private:
    int batches_ = 0;
};

}  // namespace weir::test
