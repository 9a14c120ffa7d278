#include "http/tls_stream.h"

#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace weir::http {
namespace {

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int socket_of(BIO* bio) {
    return *static_cast<const int*>(BIO_get_data(bio));
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL.
int write_to_socket(BIO* bio, const char* bytes, int count) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (sent < 0 && would_block()) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int read_from_socket(BIO* bio, char* to, int count) {
    BIO_clear_retry_flags(bio);
    const ssize_t received = ::recv(socket_of(bio), to, static_cast<std::size_t>(count), 0);
    if (received < 0 && would_block()) BIO_set_retry_read(bio);
    return static_cast<int>(received);
}

long control_socket(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* make_bio(int* socket) {
    static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
        std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made{
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"), &BIO_meth_free};
        BIO_meth_set_write(made.get(), &write_to_socket);
        BIO_meth_set_read(made.get(), &read_from_socket);
        BIO_meth_set_ctrl(made.get(), &control_socket);
        return made;
    }();
    BIO* const bio = BIO_new(method.get());
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, socket);
    BIO_set_init(bio, 1);
    return bio;
}

bool is_address(const std::string& host) {
    in6_addr parsed{};
    return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool expect_host(SSL* ssl, const std::string& host) {
    X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
    if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(host.c_str())) == 1;  // NOLINT: it only reads
}

int limited(std::size_t bytes) {
    constexpr std::size_t largest = std::numeric_limits<int>::max();
    return static_cast<int>(bytes < largest ? bytes : largest);
}

std::string last_failure(int of_system) {
    const unsigned long code = ERR_peek_last_error();
    if (code != 0) {
        const char* const reason = ERR_reason_error_string(code);
        return reason != nullptr ? reason : fmt::format("OpenSSL error {}", code);
    }
    return of_system != 0 ? std::generic_category().message(of_system) : "the connection was closed";
}

}  // namespace

TlsStream::TlsStream(std::shared_ptr<ssl_ctx_st> context, int socket)
    : context_(std::move(context)), socket_(socket), ssl_(SSL_new(context_.get()), &SSL_free) {}

TlsStream::~TlsStream() = default;

Result<std::unique_ptr<TlsStream>> TlsStream::create(std::shared_ptr<ssl_ctx_st> context, int socket,
                                                     const std::string& host) {
    std::unique_ptr<TlsStream> stream{new TlsStream(std::move(context), socket)};
    BIO* const bio = stream->ssl_ ? make_bio(&stream->socket_) : nullptr;
    if (bio != nullptr) SSL_set_bio(stream->ssl_.get(), bio, bio);
    if (bio == nullptr || !expect_host(stream->ssl_.get(), host))
        return fail(ErrorCode::internal, "tls-unavailable", "OpenSSL cannot open a connection to " + host);
    return stream;
}

TlsStep TlsStream::judge(int result) {
    const int of_system = errno;
    if (result > 0) return {TlsStep::State::done, static_cast<std::size_t>(result)};
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {TlsStep::State::wants_read};
        case SSL_ERROR_WANT_WRITE:
            return {TlsStep::State::wants_write};
        case SSL_ERROR_ZERO_RETURN:
            return {TlsStep::State::ended};
        default:
            break;
    }
    failed_ = true;
    failure_ = last_failure(of_system);
    return {TlsStep::State::failed};
}

// SSL_get_error looks at this thread's queue of errors, which somebody else may have filled.
TlsStep TlsStream::handshake() {
    ERR_clear_error();
    errno = 0;
    return judge(SSL_connect(ssl_.get()));
}

TlsStep TlsStream::write(std::string_view bytes) {
    ERR_clear_error();
    errno = 0;
    return judge(SSL_write(ssl_.get(), bytes.data(), limited(bytes.size())));
}

TlsStep TlsStream::read(std::span<char> to) {
    ERR_clear_error();
    errno = 0;
    return judge(SSL_read(ssl_.get(), to.data(), limited(to.size())));
}

TlsStep TlsStream::peek() {
    char byte = 0;
    ERR_clear_error();
    errno = 0;
    return judge(SSL_peek(ssl_.get(), &byte, 1));
}

void TlsStream::say_goodbye() {
    if (failed_ || SSL_is_init_finished(ssl_.get()) == 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
}

bool TlsStream::is_distrusted() const {
    return SSL_get_verify_result(ssl_.get()) != X509_V_OK;
}

std::string TlsStream::failure() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    return verified == X509_V_OK ? failure_ : X509_verify_cert_error_string(verified);
}

}  // namespace weir::http
