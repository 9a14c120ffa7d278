#include "cli/live_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/event_stream.h"
#include "store/remote_answers.h"

namespace weir::cli {
namespace {

constexpr Duration longest_silence{10'000};  // the server says something every 3 seconds
constexpr Duration first_pause{1'000};
constexpr Duration longest_pause{5'000};

SteadyTime steady_now() {
    return system_clock().steady_now();
}

// What trying again will not change.
bool is_final(const Error& error) {
    return error.code == ErrorCode::unauthorized || error.code == ErrorCode::refused ||
           error.code == ErrorCode::not_found || error.code == ErrorCode::invalid;
}

}  // namespace

LiveSource::LiveSource(Options options, std::function<void()> wake)
    : options_(std::move(options)), wake_(std::move(wake)) {
    look_.changed = look_.next_try = steady_now();
    thread_ = std::thread([this] { loop(); });
}

LiveSource::~LiveSource() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
        if (client_) client_->cancel();
    }
    stopped_.notify_all();
    thread_.join();
}

LiveSource::Look LiveSource::look() const {
    const std::scoped_lock lock(mutex_);
    return look_;
}

void LiveSource::loop() {
    for (Duration pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
        const Error error = listen();
        if (look().connected) pause = first_pause;
        lost(error, pause);
        wake_();
        if (is_final(error) || !pause_over(pause)) return;
    }
}

// Listens until the connection is lost, and says why it was.
Error LiveSource::listen() {
    http::ClientOptions patience = options_.client;
    patience.timeout = std::min(patience.timeout, longest_silence);
    const auto client = std::make_shared<http::Client>(options_.server, patience);
    {
        const std::scoped_lock lock(mutex_);
        if (stop_) client->cancel();
        client_ = client;
    }
    http::ClientRequest request;
    request.target = fmt::format("/v1/live?top={}", options_.top);
    request.headers.add("Accept", "text/event-stream");
    if (!options_.token.empty()) request.headers.add("Authorization", "Bearer " + options_.token);

    EventStreamReader reader;
    std::optional<Error> wrong;
    bool said_goodbye = false;
    const auto response = client->stream(request, [&](std::string_view bytes) {
        reader.feed(bytes, [&](const StreamEvent& event) {
            if (event.name == "bye") said_goodbye = true;
            if (event.name != "window") return;
            const auto snapshot = live_snapshot_from_json(event.data);
            if (!snapshot) wrong = snapshot.error();
            take(snapshot);
        });
        return !wrong;
    });
    if (wrong) return *wrong;
    if (!response) return response.error();
    if (response->status != 200) return error_of(*response);
    if (said_goodbye) return {ErrorCode::unreachable, "server-stopped", "the server has stopped", ""};
    return {ErrorCode::unreachable, "connection-lost", "the server ended the stream", ""};
}

void LiveSource::take(const Result<LiveSnapshot>& snapshot) {
    if (!snapshot) return;
    auto shared = std::make_shared<const LiveSnapshot>(*snapshot);
    {
        const std::scoped_lock lock(mutex_);
        look_.newest = std::move(shared);
        look_.received = steady_now();
        if (!look_.connected) look_.changed = look_.received;
        look_.connected = true;
        look_.trouble.clear();
    }
    wake_();
}

void LiveSource::lost(const Error& error, Duration pause) {
    const std::scoped_lock lock(mutex_);
    const SteadyTime now = steady_now();
    if (look_.connected) look_.changed = now;
    look_.connected = false;
    look_.trouble = error.message;
    look_.next_try = now + pause;
    if (is_final(error)) look_.ended = error;
}

// False when it shall stop.
bool LiveSource::pause_over(Duration pause) {
    std::unique_lock lock(mutex_);
    return !stopped_.wait_for(lock, pause, [this] { return stop_; });
}

}  // namespace weir::cli
