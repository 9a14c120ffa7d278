#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::http::test {

// A plain blocking socket on the loopback, for sending exactly the bytes that a test wants. Every wait ends
// after `patience`.
class RawSocket {
  public:
    static constexpr std::chrono::milliseconds patience{60'000};

    explicit RawSocket(std::uint16_t port);  // connects
    explicit RawSocket(int accepted) : socket_(accepted) {}
    ~RawSocket();
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    // False when the other side has closed.
    bool send(std::string_view bytes);
    // Sends nothing more; the other side reads an end.
    void finish();
    // Closes with a reset.
    void reset();
    // Everything until the other side closes; `was_reset` tells a reset from an orderly end.
    std::string read_to_end();
    // Exactly so many bytes, or fewer when the other side closes.
    std::string read(std::size_t bytes);
    // Up to and with the first `mark`, or everything when the other side closes before.
    std::string read_through(std::string_view mark);
    // One answer with a Content-Length: its head and its body.
    std::string read_answer();
    [[nodiscard]] bool was_reset() const { return reset_; }
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    // Whether the other side has closed, waiting for it at most so long.
    bool closes_within(std::chrono::milliseconds time);

  private:
    bool fill();

    int socket_ = -1;
    std::string received_;  // and not yet returned
    bool reset_ = false;
    bool timed_out_ = false;
};

// A server that does what a test says, one connection after another.
class RawListener {
  public:
    RawListener();
    ~RawListener();
    RawListener(const RawListener&) = delete;
    RawListener& operator=(const RawListener&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    std::unique_ptr<RawSocket> accept();

  private:
    int socket_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace weir::http::test
