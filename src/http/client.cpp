#include "http/client.h"

#include <optional>
#include <vector>

#include <fmt/format.h>

#include "http/characters.h"
#include "http/chunked_decoder.h"
#include "http/client_socket.h"
#include "http/head_parser.h"
#include "http/head_scanner.h"

namespace weir::http {
namespace {

constexpr std::size_t max_head = 64 * 1024;
constexpr std::size_t buffer_size = max_head + 64 * 1024;

// Behind an answer: parsers that read in blocks then need no copy of it.
constexpr std::size_t room_for_parsers = 64;

using Sink = std::function<bool(std::string_view)>;

tl::unexpected<Error> answer_invalid(std::string_view why) {
    return fail(ErrorCode::unreachable, "answer-invalid",
                fmt::format("the answer is not HTTP that can be trusted: {}", why),
                "see whether the address is that of a weir server");
}

tl::unexpected<Error> connection_lost(std::string_view when) {
    return fail(ErrorCode::unreachable, "connection-lost",
                fmt::format("the server closed the connection {}", when));
}

// Nothing that a caller passes on (a key in a target, a token in a field) may break out of its line.
Result<std::string> request_head(const Url& url, const ClientRequest& request) {
    const std::string target = url.prefix + request.target;
    const auto breaks_line = [](char c) { return is_control(c) || c == ' '; };
    if (!is_token(request.method) || !target.starts_with('/') ||
        std::any_of(target.begin(), target.end(), breaks_line))
        return fail(ErrorCode::internal, "request-invalid", "a request's method or target is malformed");
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, target, authority(url));
    for (const auto& [name, value] : request.headers.fields()) {
        if (!is_token(name) || std::any_of(value.begin(), value.end(), is_control))
            return fail(ErrorCode::internal, "request-invalid",
                        fmt::format("the header field {} is malformed", name));
        head.append(name).append(": ").append(value).append("\r\n");
    }
    const bool has_body = !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
    if (has_body) head += fmt::format("Content-Length: {}\r\n", request.body.size());
    return head + "\r\n";
}

}  // namespace

struct Client::Impl {
    Impl(Url to, ClientOptions with) : url(std::move(to)), options(std::move(with)), buffer(buffer_size) {}

    Result<Response> run(const ClientRequest& request, const Sink* sink);
    Result<Response> attempt(const ClientRequest& request, const std::string& head, const Sink* sink);
    Result<void> open();
    Result<void> send_request(std::string_view head, std::string_view body);
    Result<ParsedHead> read_head();
    Result<void> read_body(const Framing& framing, const Sink& sink);
    Result<void> read_chunked(const Sink& sink);
    Result<std::size_t> fill();  // 0 at the end of the connection
    void renew_deadline() { deadline = std::chrono::steady_clock::now() + options.timeout; }

    [[nodiscard]] std::string_view buffered() const { return {buffer.data() + begin, end - begin}; }
    // Whether a final answer's head is there: the server may answer before it has taken the whole request.
    [[nodiscard]] bool answered_early();

    const Url url;
    const ClientOptions options;
    ClientSocket socket;
    std::vector<char> buffer;  // received and not yet used: [begin, end)
    std::size_t begin = 0;
    std::size_t end = 0;
    Deadline deadline;
    bool streaming = false;
    bool stopped = false;  // the sink wants no more
    bool reusable =
        false;           // the whole request was sent, the whole answer read, and neither side wants to close
    bool heard = false;  // any byte of the present answer
};

Result<std::size_t> Client::Impl::fill() {
    if (begin == end) begin = end = 0;
    if (end == buffer.size()) {
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(begin), buffer.end(), buffer.begin());
        end -= std::exchange(begin, 0);
    }
    const auto received = socket.receive_some(std::span{buffer}.subspan(end), deadline);
    if (!received) return received;
    end += *received;
    heard = heard || *received > 0;
    if (streaming && *received > 0) renew_deadline();
    return received;
}

bool Client::Impl::answered_early() {
    HeadScanner scanner;
    if (scanner.scan(buffered()) != HeadScanner::State::complete) return false;
    const auto head = parse_answer_head(buffered().substr(0, scanner.size()));
    return !head || head->status >= 200;
}

Result<void> Client::Impl::send_request(std::string_view head, std::string_view body) {
    while (!head.empty() || !body.empty()) {
        const auto sent = socket.send_some(head, body, deadline);
        if (!sent) {
            // The server may have refused and closed: its answer tells more than the broken pipe does.
            if (sent.error().reason != "connection-lost") return fail(sent.error());
            while (!answered_early()) {
                const auto received = end - begin < max_head ? fill() : Result<std::size_t>{0U};
                if (!received || *received == 0) return fail(sent.error());
            }
            reusable = false;
            return {};
        }
        const std::size_t of_head = std::min(*sent, head.size());
        head.remove_prefix(of_head);
        body.remove_prefix(*sent - of_head);
        if (*sent > 0) continue;
        const auto received = fill();
        if (!received) return fail(received.error());
        if (*received == 0) return connection_lost("while a request was sent");
        if (answered_early() || end - begin >= max_head) {
            reusable = false;
            return {};
        }
    }
    return {};
}

Result<ParsedHead> Client::Impl::read_head() {
    HeadScanner scanner;
    for (;;) {
        const auto state = scanner.scan(buffered());
        if (state == HeadScanner::State::complete && scanner.size() <= max_head) {
            auto head = parse_answer_head(buffered().substr(0, scanner.size()));
            begin += scanner.size();
            if (!head) return answer_invalid(head.error().detail);
            if (head->status / 100 != 1) return std::move(*head);
            if (head->status == 101) return answer_invalid("a switch of protocols that nobody asked for");
            scanner.reset();
            continue;
        }
        if (state == HeadScanner::State::complete || end - begin > max_head)
            return answer_invalid("its headers are over 64 KiB");
        if (state != HeadScanner::State::incomplete) return answer_invalid(describe(state));
        const auto received = fill();
        if (!received) return fail(received.error());
        if (*received == 0) return connection_lost("before it answered");
    }
}

Result<void> Client::Impl::read_chunked(const Sink& sink) {
    ChunkedDecoder decoder{max_head};
    for (;;) {
        const auto step = decoder.next(buffered());
        begin += step.consumed;
        if (!step.data.empty() && !sink(step.data)) {
            stopped = true;
            return {};
        }
        if (step.state == ChunkedDecoder::State::done) return {};
        if (step.state != ChunkedDecoder::State::more) return answer_invalid("its chunks are malformed");
        if (step.consumed > 0) continue;
        const auto received = fill();
        if (!received) return fail(received.error());
        if (*received == 0) return connection_lost("in the middle of an answer");
    }
}

Result<void> Client::Impl::read_body(const Framing& framing, const Sink& sink) {
    if (framing.kind == Framing::Kind::none) return {};
    if (framing.kind == Framing::Kind::chunked) return read_chunked(sink);
    const bool announced = framing.kind == Framing::Kind::length;
    std::uint64_t left = announced ? framing.length : UINT64_MAX;
    while (left > 0) {
        const std::string_view piece =
            buffered().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, end - begin)));
        begin += piece.size();
        left -= piece.size();
        if (!piece.empty() && !sink(piece)) {
            stopped = true;
            return {};
        }
        if (left == 0) return {};
        const auto received = fill();
        if (!received) return fail(received.error());
        if (*received > 0) continue;
        if (announced) return connection_lost("in the middle of an answer");
        return {};
    }
    return {};
}

Result<Response> Client::Impl::attempt(const ClientRequest& request, const std::string& head,
                                       const Sink* sink) {
    heard = stopped = false;
    reusable = true;
    streaming = sink != nullptr;
    if (const auto sent = send_request(head, request.body); !sent) return fail(sent.error());
    auto answer = read_head();
    if (!answer) return fail(std::move(answer).error());
    const auto framing = guard_answer(*answer, request.method);
    if (!framing) return answer_invalid(framing.error().detail);

    Response response;
    response.status = answer->status;
    response.headers = std::move(answer->headers);
    const std::uint64_t limit = options.max_response.count;
    const bool to_sink = sink != nullptr && answer->status == 200;
    bool too_large = !to_sink && framing->kind == Framing::Kind::length && framing->length > limit;
    const auto collect = [&](std::string_view piece) {
        too_large = piece.size() > limit - response.body.size();
        if (!too_large) response.body += piece;
        return !too_large;
    };
    if (!too_large) {
        if (!to_sink && framing->kind == Framing::Kind::length)
            response.body.reserve(static_cast<std::size_t>(framing->length) + room_for_parsers);
        if (const auto read = read_body(*framing, to_sink ? *sink : Sink{collect}); !read)
            return fail(read.error());
    }
    if (too_large)
        return fail(ErrorCode::too_large, "answer-too-large",
                    fmt::format("the answer is over {}", format_bytes(options.max_response)),
                    "ask for less at once");
    reusable = reusable && !stopped && answer->keep_alive && framing->kind != Framing::Kind::until_close &&
               begin == end;
    return response;
}

Result<void> Client::Impl::open() {
    begin = end = 0;
    const auto limit = std::min(std::chrono::steady_clock::now() + options.connect_timeout, deadline);
    if (auto connected = socket.connect(url.host, url.port, limit); !connected || !url.tls) return connected;
    return socket.start_tls(url.host, options.ca_file, limit);
}

Result<Response> Client::Impl::run(const ClientRequest& request, const Sink* sink) {
    const auto head = request_head(url, request);
    if (!head) return fail(head.error());
    for (bool retried = false;; retried = true) {
        if (socket.is_open() && socket.is_stale()) socket.close();
        const bool kept_alive = socket.is_open();
        renew_deadline();
        if (!kept_alive)
            if (auto opened = open(); !opened) return fail(std::move(opened).error());
        auto response = attempt(request, *head, sink);
        if (!response || !reusable) socket.close();
        const bool was_closed =
            !response && kept_alive && !heard && response.error().reason == "connection-lost";
        if (!was_closed || retried || request.method != "GET") return response;
    }
}

Client::Client(Url url, ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(url), std::move(options))) {}
Client::~Client() = default;

Result<Response> Client::send(const ClientRequest& request) {
    return impl_->run(request, nullptr);
}

Result<Response> Client::stream(const ClientRequest& request,
                                const std::function<bool(std::string_view)>& sink) {
    return impl_->run(request, &sink);
}

void Client::cancel() {
    impl_->socket.cancel();
}

}  // namespace weir::http
