#include <fmt/format.h>

#include "http/chunked_decoder.h"
#include "http/connection.h"
#include "http/worker.h"

namespace weir::http {
namespace {

// A body's buffer is grown in steps that stay in the processor's cache, so that the zeros which std::string
// insists on cost little, and so that an announced body of which nothing comes touches no memory.
constexpr std::size_t read_step = 128 * 1024;

std::string limit_text(Bytes limit) {
    return fmt::format("the body is over the limit of {} bytes", limit.count);
}

}  // namespace

Task<Connection::OrStop<std::string>> Connection::read_body(const Incoming& incoming, BodyCharge& charge) {
    const auto& options = shared_.options;
    if (incoming.framing.kind == Framing::Kind::length && incoming.framing.length > options.max_body.count)
        co_return stop(413, "too-large", limit_text(options.max_body));
    if (incoming.framing.kind == Framing::Kind::length && !charge.grow_to(incoming.framing.length))
        co_return stop(503, "overloaded", "too many bodies are being handled");
    if (incoming.expects_continue && begin_ == end_) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!co_await write_all({asio::buffer(go_on), {}, {}})) co_return gone();
    }
    enter(Phase::body, options.body_timeout);
    rate_deadline_ = std::chrono::steady_clock::now() + options.rate_window;
    rate_bytes_ = 0;
    if (incoming.framing.kind == Framing::Kind::chunked) co_return co_await read_chunked(charge);
    co_return co_await read_announced(incoming.framing.length, charge);
}

Task<Connection::OrStop<std::string>> Connection::read_announced(std::uint64_t length,
                                                                 BodyCharge& /*charge*/) {
    const auto size = static_cast<std::size_t>(length);
    std::string body;
    body.reserve(size);
    body.append(buffered().substr(0, size));
    consume(body.size());
    std::size_t filled = body.size();
    while (filled < size) {
        if (filled == body.size()) body.resize(std::min(size, filled + read_step));
        std::size_t read = 0;
        if (!co_await read_some(body.data() + filled, body.size() - filled, read))
            co_return body_ended_early();
        filled += read;
    }
    co_return body;
}

Task<Connection::OrStop<std::string>> Connection::read_chunked(BodyCharge& charge) {
    const auto& options = shared_.options;
    ChunkedDecoder decoder{options.max_header.count};
    std::string body;
    for (;;) {
        if (begin_ == end_ && decoder.left_of_chunk() >= capacity_) {
            const std::size_t filled = body.size();
            body.resize(filled + static_cast<std::size_t>(
                                     std::min<std::uint64_t>(decoder.left_of_chunk(), read_step)));
            std::size_t read = 0;
            const bool alive = co_await read_some(body.data() + filled, body.size() - filled, read);
            body.resize(filled + read);
            decoder.took(read);
            if (!alive) co_return body_ended_early();
            continue;
        }
        const auto step = decoder.next(buffered());
        consume(step.consumed);
        body.append(step.data);
        switch (step.state) {
            case ChunkedDecoder::State::more:
                break;
            case ChunkedDecoder::State::done:
                co_return body;
            case ChunkedDecoder::State::malformed:
                co_return stop(400, "invalid-request", "the chunks of the body are malformed");
            case ChunkedDecoder::State::too_much_talk:
                co_return stop(400, "invalid-request", "the body's chunks hold more framing than data");
            case ChunkedDecoder::State::trailers_too_large:
                co_return stop(431, "headers-too-large",
                               fmt::format("the trailers are over {}", format_bytes(options.max_header)));
        }
        if (decoder.left_of_chunk() > options.max_body.count - body.size())
            co_return stop(413, "too-large", limit_text(options.max_body));
        if (!charge.grow_to(body.size() + decoder.left_of_chunk()))
            co_return stop(503, "overloaded", "too many bodies are being handled");
        if (step.consumed > 0) continue;
        const bool alive = co_await read_more();
        if (!alive) co_return body_ended_early();
    }
}

tl::unexpected<Connection::Stop> Connection::body_ended_early() const {
    if (!timed_out_) return gone();
    return stop(408, "timeout", "the request's body did not come in time");
}

Task<bool> Connection::read_some(char* to, std::size_t size, std::size_t& read) {
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(to, size), awaited);
    read = bytes;
    rate_bytes_ += bytes;
    co_return !error;
}

Task<bool> Connection::read_more() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (begin_ > 0 && end_ == capacity_) {
        std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get());
        end_ -= std::exchange(begin_, 0);
    }
    std::size_t read = 0;
    const bool alive = co_await read_some(buffer_.get() + end_, capacity_ - end_, read);
    end_ += read;
    co_return alive;
}

}  // namespace weir::http
