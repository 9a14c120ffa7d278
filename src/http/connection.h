#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "http/answer_head.h"
#include "http/asio_types.h"
#include "http/body_budget.h"
#include "http/framing_guard.h"
#include "http/head_scanner.h"
#include "http/server.h"

namespace weir::http {

struct ServerContext;
class Worker;

// One accepted connection: reads a request, has it answered, writes the answer, and begins again. Everything
// runs on its worker's thread. Kept alive by its own coroutine.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(ServerContext& shared, Worker& worker, Socket socket);

    // `turn_away`: there are too many connections; say so and close.
    void start(bool turn_away);
    // What the application answered; empty when it dropped the request.
    void answer(std::optional<Response> response);
    void check_deadline(std::chrono::steady_clock::time_point now);
    void close_if_idle();
    void cut();  // at once, whatever it is doing

  private:
    // A request whose head is read and judged.
    struct Incoming {
        Request request;
        Framing framing;
        int version = 11;
        bool keep_alive = true;
        bool expects_continue = false;
    };
    // Why a connection ends: with an answer, or silently because the other side is gone.
    struct Stop {
        std::optional<Refusal> refusal;
    };
    template <typename T>
    using OrStop = tl::expected<T, Stop>;
    static tl::unexpected<Stop> stop(unsigned status, std::string reason, std::string detail);
    static tl::unexpected<Stop> gone() { return tl::unexpected<Stop>(Stop{}); }

    enum class Phase { idle, head, body, answer, write, linger };
    void enter(Phase phase, Duration timeout);

    // connection.cpp: the life of a connection.
    Task<void> run(bool turn_away);
    Task<bool> serve_request();  // whether another one may follow
    Task<OrStop<std::size_t>> read_head();
    Guarded<Incoming> judge(std::string_view head) const;
    std::optional<Response> admit(const RequestHead& head);
    Task<std::optional<Response>> ask_application(Request request, BodyCharge charge);
    Task<void> wait_for(const bool& flag);
    Task<void> pause_for(Duration pause);  // ends early when the connection is cut
    Task<void> linger();

    // connection_body.cpp: reading bodies.
    Task<OrStop<std::string>> read_body(const Incoming& incoming, BodyCharge& charge);
    Task<OrStop<std::string>> read_announced(std::uint64_t length, BodyCharge& charge);
    Task<OrStop<std::string>> read_chunked(BodyCharge& charge);
    Task<bool> read_some(char* to, std::size_t size, std::size_t& read);
    Task<bool> read_more();  // into buffer_; false when the other side is gone or a deadline passed
    tl::unexpected<Stop> body_ended_early() const;
    [[nodiscard]] std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t bytes) { begin_ += bytes; }

    // connection_answer.cpp: writing answers.
    using Pieces = std::array<asio::const_buffer, 3>;
    Task<bool> write_answer(Response response, const Incoming& incoming);
    Task<bool> write_refusal(const Refusal& refusal, const Incoming& incoming);
    Task<bool> write_stream(BodyStream stream, AnswerBody shape);
    Task<bool> write_all(Pieces pieces);
    Response form_refusal(const Refusal& refusal);

    ServerContext& shared_;
    Worker& worker_;
    Socket socket_;
    Timer signal_;  // never expires; cancelled to wake the coroutine
    std::string peer_;

    const std::size_t capacity_;
    std::unique_ptr<char[]> buffer_;  // received and not yet used: [begin_, end_)
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    HeadScanner scanner_;
    bool served_any_ = false;

    Phase phase_ = Phase::head;
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::steady_clock::time_point rate_deadline_;
    std::uint64_t rate_bytes_ = 0;  // of the body, since the rate window began
    bool timed_out_ = false;
    bool closed_ = false;
    bool lingers_ = false;

    std::string out_;
    bool answered_ = false;
    std::optional<Response> answer_;
    bool pulled_ = false;
};

}  // namespace weir::http
