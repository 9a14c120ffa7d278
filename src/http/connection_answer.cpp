#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "http/connection.h"
#include "http/worker.h"

namespace weir::http {
namespace {

constexpr std::size_t joined_body =
    16 * 1024;  // up to here a body is copied behind its head instead of being a buffer of its own
constexpr std::size_t kept_out = 64 * 1024;
constexpr std::string_view last_chunk = "0\r\n\r\n";

// A stream and the piece that was pulled from it: touched by the pulling thread, then by the connection's,
// never by both at once.
struct Pull {
    explicit Pull(BodyStream body) : stream(std::move(body)) {}

    void next() {
        try {
            piece = stream();
        } catch (const std::exception& failure) {
            log(LogLevel::error, "a streamed answer failed", {{"error", failure.what()}});
            piece = {BodyPiece::Kind::failed, {}};
        }
    }

    BodyStream stream;
    BodyPiece piece;
};

}  // namespace

Response Connection::form_refusal(const Refusal& refusal) {
    Response response;
    try {
        response = shared_.application.refusal(refusal.status, refusal.reason, refusal.detail);
    } catch (const std::exception& failure) {
        log(LogLevel::error, "a refusal failed", {{"error", failure.what()}});
        response.status = refusal.status;
    }
    if (refusal.status == 503 && response.headers.count("Retry-After") == 0)
        response.headers.add("Retry-After", "1");
    return response;
}

Task<bool> Connection::write_refusal(const Refusal& refusal, const Incoming& incoming) {
    Response response = form_refusal(refusal);
    response.close = true;
    co_return co_await write_answer(std::move(response), incoming);
}

Task<bool> Connection::write_answer(Response response, const Incoming& incoming) {
    const bool bodiless = response.status == 204 || response.status == 304;
    const bool head_only = bodiless || incoming.request.head.method == "HEAD";
    AnswerShape shape;
    shape.close = response.close || !incoming.keep_alive || shared_.draining;
    if (bodiless)
        shape.body = AnswerBody::none;
    else if (response.stream)
        shape.body = incoming.version == 11 ? AnswerBody::chunked : AnswerBody::until_close;
    shape.close = shape.close || shape.body == AnswerBody::until_close;
    shape.keep_alive = incoming.version == 10;

    out_.clear();
    append_answer_head(out_, response, shape, worker_.date());
    Pieces pieces{};
    if (!head_only && !response.stream) {
        if (response.body.size() <= joined_body)
            out_ += response.body;
        else
            pieces[1] = asio::buffer(response.body);
    }
    pieces[0] = asio::buffer(out_);
    if (!co_await write_all(pieces)) co_return false;
    if (!head_only && response.stream) {
        const bool whole = co_await write_stream(std::move(response.stream), shape.body);
        if (!whole) co_return false;
        shape.close = shape.close || shared_.draining;  // which may have begun meanwhile
    }
    if (out_.capacity() > kept_out) out_ = {};
    lingers_ = shape.close;
    co_return !shape.close;
}

Task<bool> Connection::write_stream(BodyStream stream, AnswerBody shape) {
    const bool chunked = shape == AnswerBody::chunked;
    const auto pull = std::make_shared<Pull>(std::move(stream));
    for (;;) {
        pulled_ = false;
        enter(Phase::answer, Duration::zero());
        asio::post(shared_.streams, [pull, mailbox = worker_.mailbox(), to = weak_from_this()] {
            pull->next();
            mailbox->post([to] {
                const auto alive = to.lock();
                if (!alive) return;
                alive->pulled_ = true;
                alive->signal_.cancel();
            });
        });
        co_await wait_for(pulled_);
        if (closed_) co_return false;
        const std::string& data = pull->piece.data;
        if (pull->piece.kind == BodyPiece::Kind::failed) {
            // Without chunks the end of the connection is the end of the body: only a reset tells a failure
            // from it.
            boost::system::error_code ignored;
            if (!chunked) socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
            co_return false;
        }
        if (pull->piece.kind == BodyPiece::Kind::end) {
            if (!chunked) co_return true;
            co_return co_await write_all({asio::buffer(last_chunk), {}, {}});
        }
        if (pull->piece.kind == BodyPiece::Kind::later) {
            co_await pause_for(pull->piece.pause);
            if (closed_) co_return false;
            continue;
        }
        if (data.empty()) continue;  // a chunk without data would end the body
        Pieces pieces{asio::const_buffer{}, asio::buffer(data), asio::const_buffer{}};
        if (chunked) {
            out_ = fmt::format("{:x}\r\n", data.size());
            pieces[0] = asio::buffer(out_);
            pieces[2] = asio::buffer("\r\n", 2);
        }
        if (!co_await write_all(pieces)) co_return false;
    }
}

Task<bool> Connection::write_all(Pieces pieces) {
    enter(Phase::write, shared_.options.write_timeout);
    std::size_t left = asio::buffer_size(pieces);
    while (left > 0) {
        const auto [error, written] = co_await socket_.async_write_some(pieces, awaited);
        if (error) co_return false;
        left -= written;
        if (left == 0) break;
        enter(Phase::write, shared_.options.write_timeout);
        std::size_t passed = written;
        for (auto& piece : pieces) {
            const std::size_t part = std::min(passed, piece.size());
            piece += part;
            passed -= part;
        }
    }
    co_return true;
}

}  // namespace weir::http
