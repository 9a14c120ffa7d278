#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json_string.h"
#include "codec/batch_decoder.h"
#include "pipeline/aggregator.h"
#include "pipeline/verifier.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::test {

// An event as a producer would send it.
struct Sensed {
    std::string id;
    Timestamp ts;
    std::string county;
};

inline std::string to_line(const Sensed& event) {
    return fmt::format(R"({{"event_id":{},"ts":"{}","Waterbody Name":"Esopus Creek","County":{}}})",
                       json_string(event.id), format_rfc3339(event.ts), json_string(event.county));
}

// A store with its aggregator in simulated time, fed through the real decoder. send() may be called from
// several threads.
class SensorWorld {
  public:
    static constexpr std::array<const char*, 7> counties{
        "Delaware", "Rensselear", "St. Lawrence", "Ulster", "Essex", "Greene", ""};

    explicit SensorWorld(WindowSpec spec = {}, Timestamp start = timestamp_from_ms(1'790'000'000'000))
        : window(spec),
          clock(start),
          store(make_memory_store({"County", "county-5m", spec})),
          aggregator(*store, clock, {"county-5m", spec}) {}

    // Events of a run, `step` apart, the first one at `from`; counties in turn.
    static std::vector<Sensed> make_run(const std::string& run, std::uint64_t count, Timestamp from,
                                        Duration step) {
        std::vector<Sensed> events;
        for (std::uint64_t k = 1; k <= count; ++k)
            events.push_back({format_event_id(run, k), from + step * static_cast<std::int64_t>(k - 1),
                              counties.at((3 * k + k / 7) % counties.size())});
        return events;
    }

    Verdict send(const std::string& batch_id, const std::vector<Sensed>& events) {
        std::string body;
        for (const Sensed& event : events)
            body += to_line(event) + "\n";
        BatchDecoder decoder("County", {});
        auto batch =
            decoder.decode({MediaType::ndjson, batch_id, std::move(body), clock.now(), "127.0.0.1:1"});
        if (!batch) throw std::runtime_error(batch.error().message);
        store->prepare(*batch);
        const std::lock_guard lock(commit_mutex_);
        auto answers = store->commit({&*batch, 1});
        if (!answers || !answers->front()) throw std::runtime_error("commit failed");
        return *answers->front();
    }

    // In batches of `batch` events.
    void send_all(const std::string& name, const std::vector<Sensed>& events, std::size_t batch = 50) {
        for (std::size_t i = 0; i < events.size(); i += batch) {
            const auto first = events.begin() + static_cast<std::ptrdiff_t>(i);
            const auto last =
                events.begin() + static_cast<std::ptrdiff_t>(std::min(events.size(), i + batch));
            send(fmt::format("{}-b{}", name, i / batch), {first, last});
        }
    }

    // Sends a run that ends now and says what was produced.
    ProducedRun produce(const std::string& run, std::uint64_t count, Duration step = Duration{7}) {
        const auto events =
            make_run(run, count, clock.now() - step * static_cast<std::int64_t>(count - 1), step);
        send_all(run, events);
        return {run, count, events.front().ts, events.back().ts};
    }

    VerifyTarget target() { return target_of(*store); }
    VerifyTarget target_of(StoreReader& reader) {
        return {reader, [this](const std::string& id, Timestamp at) { return aggregator.aggregate(id, at); },
                window};
    }

    WindowSpec window;
    ManualClock clock;
    std::unique_ptr<Store> store;
    Aggregator aggregator;

  private:
    std::mutex commit_mutex_;
};

}  // namespace weir::test
