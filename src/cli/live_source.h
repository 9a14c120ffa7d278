#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "cli/live_snapshot.h"
#include "http/client.h"

namespace weir::cli {

// The snapshots of a server's /v1/live, fetched by a thread of its own. A lost connection is opened again for
// ever, after pauses of 1 to 5 seconds; a server that refuses (a wrong token, no weir) ends it.
class LiveSource {
  public:
    struct Options {
        http::Url server;
        std::string token;
        http::ClientOptions client;
        std::uint64_t top = 1000;  // keys of a snapshot
    };

    // What is known now.
    struct Look {
        std::shared_ptr<const LiveSnapshot> newest;
        SteadyTime received;         // when it came
        bool connected = false;      // news of the server is at most a few seconds old
        SteadyTime changed;          // since when that is so
        std::string trouble;         // why it is not; empty: it has not been tried yet
        SteadyTime next_try;         // while not connected
        std::optional<Error> ended;  // it will not come again
    };

    // `wake` is called from the thread after each change of what `look` gives; it must not block.
    LiveSource(Options options, std::function<void()> wake);
    ~LiveSource();
    LiveSource(const LiveSource&) = delete;
    LiveSource& operator=(const LiveSource&) = delete;

    [[nodiscard]] Look look() const;

  private:
    void loop();
    Error listen();
    void take(const Result<LiveSnapshot>& snapshot);
    void lost(const Error& error, Duration pause);
    bool pause_over(Duration pause);

    const Options options_;
    const std::function<void()> wake_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable stopped_;
    Look look_;
    std::shared_ptr<http::Client> client_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace weir::cli
