#include "server/live_feed.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "codec/json_rows.h"

namespace weir {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration fetch_pause{50};                    // of a listener that has the newest text
constexpr std::chrono::seconds rate_span{10};          // over which the rate is taken
constexpr int rest_factor = 3;                         // counting takes at most a quarter of one core
constexpr std::string_view hello = "retry: 2000\n\n";  // milliseconds, for an EventSource
constexpr std::string_view farewell = "event: bye\ndata: {}\n\n";
constexpr std::string_view beat = ":\n\n";

std::string event_text(std::uint64_t sequence, std::string_view state, const TopRow& row, std::size_t top,
                       const Ledger& ledger, std::optional<double> rate) {
    std::string out =
        fmt::format("id: {}\nevent: window\ndata: {{\"state\":\"{}\",\"per_second\":{},\"row\":", sequence,
                    state, rate ? fmt::format("{:.1f}", *rate) : "null");
    append_json(out, row, top);
    out += ",\"ledger\":";
    out += to_json(ledger);
    return out += "}\n\n";
}

}  // namespace

// One open stream. Pulled by one thread at a time.
class LiveFeed::Listener {
  public:
    Listener(LiveFeed& feed, std::size_t top) : feed_(feed), top_(top), spoke_(SteadyClock::now()) {}
    ~Listener() {
        const std::lock_guard lock(feed_.mutex_);
        const auto topic = feed_.topics_.find(top_);
        if (--topic->second.listeners == 0) feed_.topics_.erase(topic);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    http::BodyPiece next() {
        if (ended_) return {http::BodyPiece::Kind::end};
        if (feed_.backend_.health.state() == "draining") {
            ended_ = true;
            return say(farewell);
        }
        if (!std::exchange(greeted_, true)) return say(hello);
        const auto now = SteadyClock::now();
        if (now - sent_ >= look_pause) {
            const auto [text, sequence] = newest();
            if (text && sequence != sequence_) {
                sequence_ = sequence;
                sent_ = now;
                return say(*text);
            }
        }
        if (now - spoke_ >= heartbeat) return say(beat);
        return {http::BodyPiece::Kind::later, {}, fetch_pause};
    }

  private:
    http::BodyPiece say(std::string_view text) {
        spoke_ = SteadyClock::now();
        return {http::BodyPiece::Kind::data, std::string(text)};
    }
    std::pair<std::shared_ptr<const std::string>, std::uint64_t> newest() const {
        const std::lock_guard lock(feed_.mutex_);
        const Topic& topic = feed_.topics_.at(top_);
        return {topic.text, topic.sequence};
    }

    LiveFeed& feed_;
    const std::size_t top_;
    std::uint64_t sequence_ = 0;  // of the text that was sent last
    SteadyClock::time_point spoke_;
    SteadyClock::time_point sent_{};
    bool greeted_ = false;
    bool ended_ = false;
};

LiveFeed::LiveFeed(Backend& backend) : backend_(backend), repeater_(look_pause, [this] { look(); }) {}

LiveFeed::~LiveFeed() {
    repeater_.stop();
}

Result<http::BodyStream> LiveFeed::listen(std::size_t top) {
    {
        const std::lock_guard lock(mutex_);
        if (count() >= max_listeners)
            return fail(ErrorCode::unavailable, "too-many-listeners",
                        fmt::format("{} listeners are connected already, which is the limit", max_listeners),
                        "close another page, or ask GET /v1/windows/live now and then");
        ++topics_[top].listeners;
    }
    const auto listener = std::make_shared<Listener>(*this, top);
    return http::BodyStream([listener] { return listener->next(); });
}

std::size_t LiveFeed::listeners() const {
    const std::lock_guard lock(mutex_);
    return count();
}

std::size_t LiveFeed::count() const {
    std::size_t all = 0;
    for (const auto& [keys, topic] : topics_)
        all += topic.listeners;
    return all;
}

std::optional<double> LiveFeed::rate(std::uint64_t stored) {
    const auto now = SteadyClock::now();
    samples_.push_back({now, stored});
    while (samples_.size() > 2 && now - samples_[1].when >= rate_span)
        samples_.pop_front();
    const std::chrono::duration<double> span = now - samples_.front().when;
    if (span < std::chrono::seconds{1}) return std::nullopt;
    return static_cast<double>(stored - samples_.front().stored) / span.count();
}

void LiveFeed::look() {
    const auto started = SteadyClock::now();
    if (started < next_look_) return;
    const auto done = [&]() -> Result<void> {
        const auto ledger = backend_.store.ledger();
        if (!ledger) return fail(ledger.error());
        const auto pane = backend_.options.window.pane;
        const Seen seen{align_down(backend_.clock.now(), pane) + pane, *ledger,
                        std::string(backend_.health.state())};
        return publish(*ledger, seen);
    }();
    // Told once, not at each look.
    if (!done && !std::exchange(complained_, true))
        log(LogLevel::error, "the live window could not be counted",
            {{"reason", done.error().reason}, {"error", done.error().message}});
    if (done) complained_ = false;
    next_look_ = SteadyClock::now() + rest_factor * (SteadyClock::now() - started);
}

Result<void> LiveFeed::publish(const Ledger& ledger, const Seen& seen) {
    const auto per_second = rate(ledger.stored);
    std::vector<std::size_t> wanted;
    {
        const std::lock_guard lock(mutex_);
        const bool changed = seen_ != seen;
        for (const auto& [top, topic] : topics_)
            if (changed || !topic.text) wanted.push_back(top);
    }
    if (wanted.empty()) return {};
    const std::size_t most = *std::max_element(wanted.begin(), wanted.end());
    const auto row = backend_.aggregator.live_top(seen.window_end, {most, {}});
    if (!row) return fail(row.error());
    ++sequence_;
    for (const std::size_t top : wanted) {
        auto text = std::make_shared<const std::string>(
            event_text(sequence_, seen.state, *row, top, ledger, per_second));
        const std::lock_guard lock(mutex_);
        const auto topic = topics_.find(top);
        if (topic == topics_.end()) continue;  // its last listener has gone meanwhile
        topic->second.text = std::move(text);
        topic->second.sequence = sequence_;
    }
    seen_ = seen;
    return {};
}

}  // namespace weir
