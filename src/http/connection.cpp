#include "http/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "http/head_parser.h"
#include "http/responder.h"
#include "http/worker.h"

namespace weir::http {
namespace {

constexpr std::size_t spare_buffer =
    8 * 1024;  // behind the largest head: small bodies come with their head in one read
constexpr Duration linger_timeout{1'000};
constexpr std::uint64_t max_lingering_bytes = 16ULL << 20U;

std::string format_peer(const Socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return "unknown";
    const std::string address = peer.address().to_string();
    return peer.address().is_v6() ? fmt::format("[{}]:{}", address, peer.port())
                                  : fmt::format("{}:{}", address, peer.port());
}

}  // namespace

Connection::Connection(ServerContext& shared, Worker& worker, Socket socket)
    : shared_(shared),
      worker_(worker),
      socket_(std::move(socket)),
      signal_(worker.context(), std::chrono::steady_clock::time_point::max()),
      peer_(format_peer(socket_)),
      capacity_(shared.options.max_header.count + spare_buffer),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

tl::unexpected<Connection::Stop> Connection::stop(unsigned status, std::string reason, std::string detail) {
    return tl::unexpected<Stop>(Stop{Refusal{status, std::move(reason), std::move(detail)}});
}

void Connection::start(bool turn_away) {
    asio::co_spawn(
        worker_.context(), run(turn_away), [self = shared_from_this()](const std::exception_ptr& failure) {
            if (failure) log(LogLevel::error, "a connection ended by an exception", {{"peer", self->peer_}});
            self->cut();
            self->worker_.leave(*self);
        });
}

void Connection::answer(std::optional<Response> response) {
    answer_ = std::move(response);
    answered_ = true;
    signal_.cancel();
}

void Connection::enter(Phase phase, Duration timeout) {
    phase_ = phase;
    timed_out_ = false;
    deadline_ = std::chrono::steady_clock::now() + timeout;
}

void Connection::check_deadline(std::chrono::steady_clock::time_point now) {
    if (closed_ || phase_ == Phase::answer) return;
    bool expired = now >= deadline_;
    if (phase_ == Phase::body && now >= rate_deadline_) {
        const auto& options = shared_.options;
        const auto window = static_cast<std::uint64_t>(options.rate_window.count());
        expired = expired || rate_bytes_ < options.min_body_rate.count * window / 1000;
        rate_deadline_ = now + options.rate_window;
        rate_bytes_ = 0;
    }
    if (!expired) return;
    timed_out_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Connection::close_if_idle() {
    if (phase_ == Phase::idle || (phase_ == Phase::head && begin_ == end_)) cut();
}

void Connection::cut() {
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    signal_.cancel();
}

Task<void> Connection::run(bool turn_away) {
    if (turn_away) {
        const Incoming none{.request = {}, .framing = {}, .keep_alive = false};
        const Refusal refusal{
            503, "overloaded",
            fmt::format("the limit of {} connections is reached", shared_.options.max_connections)};
        co_await write_refusal(refusal, none);
    } else {
        while (co_await serve_request())
            served_any_ = true;
    }
    if (lingers_ && !closed_) co_await linger();
}

Task<bool> Connection::serve_request() {
    const Incoming unknown{.request = {}, .framing = {}, .keep_alive = false};
    const auto head_size = co_await read_head();
    if (!head_size) {
        if (!head_size.error().refusal) co_return false;
        co_return co_await write_refusal(*head_size.error().refusal, unknown);
    }
    auto incoming = judge(buffered().substr(0, *head_size));
    consume(*head_size);
    if (!incoming) co_return co_await write_refusal(incoming.error(), unknown);
    const bool has_body = incoming->framing.kind != Framing::Kind::none;
    if (auto refusal = admit(incoming->request.head)) {
        refusal->close = refusal->close || has_body;
        co_return co_await write_answer(std::move(*refusal), *incoming);
    }
    BodyCharge charge{shared_.budget};
    if (has_body) {
        auto body = co_await read_body(*incoming, charge);
        if (!body) {
            if (!body.error().refusal) co_return false;
            co_return co_await write_refusal(*body.error().refusal, *incoming);
        }
        incoming->request.body = std::move(*body);
    }
    Request request = std::move(incoming->request);
    incoming->request.head.method = request.head.method;  // the answer's form depends on it
    auto response = co_await ask_application(std::move(request), std::move(charge));
    if (closed_) co_return false;
    if (!response) {
        const Refusal dropped{500, "internal", "the request was dropped without an answer"};
        co_return co_await write_refusal(dropped, *incoming);
    }
    co_return co_await write_answer(std::move(*response), *incoming);
}

Task<Connection::OrStop<std::size_t>> Connection::read_head() {
    const auto& options = shared_.options;
    scanner_.reset();
    const bool waits = served_any_ && begin_ == end_;
    enter(waits ? Phase::idle : Phase::head, waits ? options.idle_timeout : options.header_timeout);
    for (;;) {
        const auto state = scanner_.scan(buffered());
        const bool complete = state == HeadScanner::State::complete;
        const std::size_t size = complete ? scanner_.size() : buffered().size() + 1;
        if (size > options.max_header.count)
            co_return stop(
                431, "headers-too-large",
                fmt::format("the request line and headers are over {}", format_bytes(options.max_header)));
        if (complete) co_return size;
        if (state != HeadScanner::State::incomplete)
            co_return stop(400, "invalid-request",
                           fmt::format("the request's head holds {}", describe(state)));
        if (shared_.draining && begin_ == end_) co_return gone();
        if (!co_await read_more()) {
            if (!timed_out_ || begin_ == end_) co_return gone();
            co_return stop(408, "timeout", "the request's head did not come in time");
        }
        if (phase_ == Phase::idle) enter(Phase::head, options.header_timeout);
    }
}

Guarded<Connection::Incoming> Connection::judge(std::string_view bytes) const {
    auto parsed = parse_request_head(bytes);
    if (!parsed) return tl::unexpected(std::move(parsed).error());
    const auto framing = guard_request(*parsed);
    if (!framing) return tl::unexpected(framing.error());
    auto target = read_target(*parsed);
    if (!target) return tl::unexpected(std::move(target).error());

    Incoming incoming;
    incoming.framing = *framing;
    incoming.version = parsed->version;
    incoming.keep_alive = parsed->keep_alive;
    incoming.expects_continue = parsed->version == 11 && parsed->headers.count("Expect") > 0;
    RequestHead& head = incoming.request.head;
    head.method = std::move(parsed->method);
    head.path = std::move(target->path);
    head.query = std::move(target->query);
    head.chunked = framing->kind == Framing::Kind::chunked;
    if (framing->kind == Framing::Kind::length)
        head.content_length = framing->length;
    else if (parsed->headers.count("Content-Length") > 0)
        head.content_length = 0;
    head.headers = std::move(parsed->headers);
    head.peer = peer_;
    return incoming;
}

std::optional<Response> Connection::admit(const RequestHead& head) {
    try {
        return shared_.application.admit(head);
    } catch (const std::exception& failure) {
        log(LogLevel::error, "a request failed", {{"error", failure.what()}, {"path", head.path}});
        return form_refusal({500, "internal", "the request failed"});
    }
}

Task<std::optional<Response>> Connection::ask_application(Request request, BodyCharge charge) {
    answered_ = false;
    enter(Phase::answer, Duration::zero());
    auto impl = std::make_shared<Responder::Impl>(weak_from_this(), worker_.mailbox(), std::move(charge));
    try {
        shared_.application.handle(std::move(request), Responder{std::move(impl)});
    } catch (const std::exception& failure) {  // the dropped responder answers 500
        log(LogLevel::error, "a request failed", {{"error", failure.what()}});
    }
    co_await wait_for(answered_);
    co_return std::exchange(answer_, std::nullopt);
}

Task<void> Connection::wait_for(const bool& flag) {
    while (!flag && !closed_)
        co_await signal_.async_wait(awaited);
}

Task<void> Connection::pause_for(Duration pause) {
    signal_.expires_after(pause);
    if (!closed_) co_await signal_.async_wait(awaited);
    signal_.expires_at(Timer::time_point::max());
}

// Closing with unread bytes in the kernel would reset the connection and could destroy the answer on its way.
Task<void> Connection::linger() {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    enter(Phase::linger, linger_timeout);
    std::uint64_t dropped = 0;
    while (dropped < max_lingering_bytes) {
        begin_ = end_ = 0;
        const bool alive = co_await read_more();
        if (!alive || timed_out_) break;
        dropped += end_;
    }
}

}  // namespace weir::http
