#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "event/verdict.h"
#include "http/message.h"
#include "server/backend.h"
#include "server/repeater.h"

namespace weir {

// The window of this moment for those who watch it: server-sent events (WHATWG HTML, 9.2), each a snapshot
// that needs none before it, at most four a second and only when something changed. One thread counts, once
// for all listeners; a listener only fetches the newest text, so that a slow one costs nothing and misses
// only what is out of date. Thread-safe.
class LiveFeed {
  public:
    static constexpr std::size_t max_listeners = 100;
    static constexpr std::size_t max_keys = 1000;  // of a snapshot, largest first
    static constexpr Duration look_pause{250};     // between two snapshots, at least
    static constexpr Duration heartbeat{3'000};    // longest silence

    explicit LiveFeed(Backend& backend);
    ~LiveFeed();  // no listener may be left that still pulls

    // A stream for one listener, of the `top` largest keys (1 to max_keys). Fails with ErrorCode::unavailable
    // ("too-many-listeners"). It ends with an event `bye` when the server drains.
    Result<http::BodyStream> listen(std::size_t top);
    [[nodiscard]] std::size_t listeners() const;

  private:
    struct Topic {  // what all listeners with the same `top` get
        std::size_t listeners = 0;
        std::shared_ptr<const std::string> text;
        std::uint64_t sequence = 0;
    };
    // What decides whether a further snapshot is worth its work.
    struct Seen {
        Timestamp window_end;
        Ledger ledger;
        std::string state;
        bool operator==(const Seen&) const = default;
    };
    struct Sample {
        std::chrono::steady_clock::time_point when;
        std::uint64_t stored = 0;
    };
    class Listener;

    [[nodiscard]] std::size_t count() const;  // of listeners; with mutex_ held
    void look();
    Result<void> publish(const Ledger& ledger, const Seen& seen);
    std::optional<double> rate(std::uint64_t stored);  // events stored a second, lately

    Backend& backend_;
    mutable std::mutex mutex_;  // guards topics_
    std::map<std::size_t, Topic> topics_;

    // Of the counting thread alone.
    std::deque<Sample> samples_;
    std::optional<Seen> seen_;
    std::uint64_t sequence_ = 0;
    std::chrono::steady_clock::time_point next_look_{};
    bool complained_ = false;

    Repeater repeater_;  // last: it uses all of the above
};

}  // namespace weir
