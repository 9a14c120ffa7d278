#include <fmt/format.h>
#include <poll.h>

#include "http/client_socket.h"
#include "http/tls_context.h"
#include "http/tls_stream.h"

namespace weir::http {
namespace {

using State = TlsStep::State;

short event_of(State state) {
    return state == State::wants_write ? POLLOUT : POLLIN;
}

}  // namespace

Result<void> ClientSocket::start_tls(const std::string& host, const std::string& ca_file, Deadline deadline) {
    auto secured = secure(host, ca_file, deadline);
    if (!secured) close();
    return secured;
}

Result<void> ClientSocket::secure(const std::string& host, const std::string& ca_file, Deadline deadline) {
    auto context = tls_context(ca_file);
    if (!context) return fail(std::move(context).error());
    auto stream = TlsStream::create(std::move(*context), socket_, host);
    if (!stream) return fail(std::move(stream).error());
    tls_ = std::move(*stream);
    for (;;) {
        const TlsStep step = tls_->handshake();
        if (step.state == State::done) return {};
        if (step.state == State::wants_read || step.state == State::wants_write) {
            if (const auto ready = wait(event_of(step.state), deadline); !ready) return fail(ready.error());
            continue;
        }
        if (tls_->is_distrusted())
            return fail(
                ErrorCode::unreachable, "certificate-invalid",
                fmt::format("the certificate of {} is not trusted: {}", peer_, tls_->failure()),
                "check the host's name; for an authority of your own set SSL_CERT_FILE to its certificate");
        return fail(ErrorCode::unreachable, "tls-failed",
                    fmt::format("no TLS connection to {}: {}", peer_, tls_->failure()),
                    "see whether the server speaks TLS on that port; if not, write http://");
    }
}

bool ClientSocket::is_stale_tls() const {
    return tls_->peek().state != State::wants_read;
}

Result<std::size_t> ClientSocket::send_some_tls(std::string_view bytes, Deadline deadline) {
    for (;;) {
        if (cancelled_) return cancelled_error();
        const TlsStep step = tls_->write(bytes);
        if (step.state == State::done) return step.bytes;
        if (step.state == State::failed || step.state == State::ended)
            return fail(
                ErrorCode::unreachable, "connection-lost",
                fmt::format("{} closed the connection while a request was sent: {}", peer_, tls_->failure()));
        const auto ready = wait(POLLOUT | POLLIN, deadline);
        if (!ready) return fail(ready.error());
        // What can be read may be no answer but TLS's own, such as a ticket.
        if ((*ready & POLLOUT) == 0 && tls_->peek().state != State::wants_read) return 0U;
    }
}

Result<std::size_t> ClientSocket::receive_some_tls(std::span<char> to, Deadline deadline) {
    for (;;) {
        if (cancelled_) return cancelled_error();
        const TlsStep step = tls_->read(to);
        if (step.state == State::done) return step.bytes;
        if (step.state == State::ended) return 0U;
        if (step.state == State::failed)
            return fail(ErrorCode::unreachable, "connection-lost",
                        fmt::format("the connection to {} was lost: {}", peer_, tls_->failure()));
        if (const auto ready = wait(event_of(step.state), deadline); !ready) return fail(ready.error());
    }
}

}  // namespace weir::http
