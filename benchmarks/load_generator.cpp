// A client that costs little: keeps connections to a server busy with bodies made before the clock starts,
// one request at a time on each, and measures every answer. One thread, epoll, no library between it and the
// socket, so that on a machine of few cores most of what is measured is the server.
//   load_generator ROWS HOST:PORT --events N --per-request N --connections N
//                  [--payload rows|random-ids|random|small] [--zstd] [--path /v1/events] [--rate
//                  EVENTS_PER_SECOND]
// Prints one JSON object. Any answer but 200 ends it with an error.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/compression.h"
#include "event_bodies.h"

namespace {

using SteadyClock = std::chrono::steady_clock;

struct Settings {
    std::string host;
    std::uint16_t port = 0;
    std::size_t connections = 1;
    bool zstd = false;
    double rate = 0;  // events a second; 0: as fast as answers come
    weir::bench::BodySettings bodies;
};

[[noreturn]] void give_up(const std::string& message) {
    std::cerr << "load_generator: " << message << '\n';
    std::exit(3);
}

// A whole request as bytes.
std::string request_of(const Settings& settings, std::size_t number, std::string body) {
    if (settings.zstd) body = weir::zstd_compress(body, 1);
    std::string request = fmt::format(
        "POST /v1/events HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-ndjson\r\n{}Idempotency-Key: "
        "load-{}-{}\r\nContent-Length: {}\r\n\r\n",
        settings.host, settings.port, settings.zstd ? "Content-Encoding: zstd\r\n" : "", settings.bodies.run,
        number, body.size());
    return request + body;
}

class Connection {
  public:
    Connection(const Settings& settings, int poll) {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(settings.port);
        if (::inet_pton(AF_INET, settings.host.c_str(), &address.sin_addr) != 1)
            give_up("HOST is no IPv4 address");
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)  // NOLINT
            give_up(std::string("cannot connect: ") + std::strerror(errno));
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = this;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, fd_, &event);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(fd_); }

    // Blocks while the socket's buffer is full: what is measured is the time to the answer.
    void send(std::string_view request) {
        started_ = SteadyClock::now();
        while (!request.empty()) {
            const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
            if (sent < 0) give_up(std::string("cannot send: ") + std::strerror(errno));
            request.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    // Reads what is there; true when the answer is whole.
    bool receive() {
        char buffer[16384];
        const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got <= 0) give_up("the server closed a connection");
        answer_.append(buffer, static_cast<std::size_t>(got));
        const std::size_t head = answer_.find("\r\n\r\n");
        if (head == std::string::npos) return false;
        if (!answer_.starts_with("HTTP/1.1 200")) give_up("answered: " + answer_);
        static constexpr std::string_view length_name = "Content-Length: ";
        const std::size_t at = answer_.find(length_name);
        if (at == std::string::npos || at > head) give_up("an answer of no length: " + answer_);
        const auto length = std::strtoull(answer_.c_str() + at + length_name.size(), nullptr, 10);
        if (answer_.size() < head + 4 + length) return false;
        answer_.clear();
        return true;
    }

    [[nodiscard]] SteadyClock::time_point started() const { return started_; }

  private:
    int fd_ = -1;
    std::string answer_;
    SteadyClock::time_point started_;
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void wait_until(SteadyClock::time_point due) {
    while (SteadyClock::now() < due)
        ::usleep(50);
}

std::vector<double> run(const Settings& settings, const std::vector<std::string>& requests, double& seconds) {
    const int poll = ::epoll_create1(0);
    std::deque<Connection> connections;
    for (std::size_t i = 0; i < settings.connections; ++i)
        connections.emplace_back(settings, poll);
    std::vector<double> milliseconds;
    milliseconds.reserve(requests.size());
    std::size_t next = 0, answered = 0;
    const auto start = SteadyClock::now();
    const auto send_next = [&](Connection& connection) {
        if (next == requests.size()) return;
        if (settings.rate > 0)
            wait_until(start +
                       std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(
                           static_cast<double>(next * settings.bodies.per_body) / settings.rate)));
        connection.send(requests[next++]);
    };
    for (Connection& connection : connections)
        send_next(connection);
    std::vector<epoll_event> events(settings.connections);
    while (answered < requests.size()) {
        const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 10'000);
        if (ready == 0) give_up("no answer for ten seconds");
        for (int i = 0; i < ready; ++i) {
            auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (!connection.receive()) continue;
            const std::chrono::duration<double, std::milli> took = SteadyClock::now() - connection.started();
            milliseconds.push_back(took.count());
            ++answered;
            send_next(connection);
        }
    }
    seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
    ::close(poll);
    std::sort(milliseconds.begin(), milliseconds.end());
    return milliseconds;
}

Settings parse(const std::vector<std::string>& arguments) {
    Settings settings;
    std::vector<std::string> plain;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto number = [&] { return std::strtoull(arguments.at(++i).c_str(), nullptr, 10); };
        if (arguments[i] == "--events")
            settings.bodies.events = number();
        else if (arguments[i] == "--per-request")
            settings.bodies.per_body = number();
        else if (arguments[i] == "--connections")
            settings.connections = number();
        else if (arguments[i] == "--rate")
            settings.rate = static_cast<double>(number());
        else if (arguments[i] == "--payload")
            settings.bodies.payload = weir::bench::payload_of(arguments.at(++i));
        else if (arguments[i] == "--zstd")
            settings.zstd = true;
        else
            plain.push_back(arguments[i]);
    }
    if (plain.size() != 2 || settings.connections == 0 || settings.bodies.per_body == 0)
        give_up(
            "usage: load_generator ROWS HOST:PORT --events N --per-request N --connections N [--payload "
            "rows|random-ids|random|small] [--zstd] [--rate N]");
    settings.bodies.rows = plain[0];
    const std::size_t colon = plain[1].rfind(':');
    settings.host = plain[1].substr(0, colon);
    settings.port = static_cast<std::uint16_t>(std::strtoul(plain[1].c_str() + colon + 1, nullptr, 10));
    settings.bodies.run = fmt::format("g{}", ::getpid());
    return settings;
}

}  // namespace

int main(int count, char** values) {
    const Settings settings = parse({values + 1, values + count});
    auto bodies = weir::bench::make_bodies(settings.bodies);
    std::vector<std::string> requests;
    std::uint64_t bytes = 0;
    for (std::string& body : bodies) {
        bytes += body.size();
        requests.push_back(request_of(settings, requests.size(), std::move(body)));
    }
    double seconds = 0;
    const double cpu = cpu_seconds();
    const std::vector<double> took = run(settings, requests, seconds);
    const auto at = [&](double share) {
        return took[std::min(took.size() - 1,
                             static_cast<std::size_t>(static_cast<double>(took.size()) * share))];
    };
    const auto events = static_cast<double>(settings.bodies.events);
    fmt::print(
        R"({{"events":{},"requests":{},"bytes":{},"seconds":{:.4f},"events_per_second":{:.0f},)"
        R"("requests_per_second":{:.0f},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f},"cpu_seconds":{:.3f}}})"
        "\n",
        settings.bodies.events, requests.size(), bytes, seconds, events / seconds,
        static_cast<double>(requests.size()) / seconds, at(0.5), at(0.99), took.back(), cpu_seconds() - cpu);
    return 0;
}
