#include "http/tls_server.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace weir::http::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate self_signed(EVP_PKEY* key, const std::string& names) {
    Certificate certificate{X509_new(), &X509_free};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    const std::string text = "weir test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

std::string write_certificate(X509* certificate) {
    std::string path = ::testing::TempDir() + "weir-tls-XXXXXX";
    const int file = ::mkstemp(path.data());
    std::FILE* const stream = ::fdopen(file, "w");
    PEM_write_X509(stream, certificate);
    std::fclose(stream);
    return path;
}

}  // namespace

bool TlsPeer::fill() {
    std::array<char, 16384> buffer{};
    const int count = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) received_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::string TlsPeer::read_through(std::string_view mark) {
    while (received_.find(mark) == std::string::npos)
        if (!fill()) return std::exchange(received_, {});
    return read(received_.find(mark) + mark.size());
}

std::string TlsPeer::read(std::size_t bytes) {
    while (received_.size() < bytes && fill()) {
    }
    std::string taken = received_.substr(0, bytes);
    received_.erase(0, taken.size());
    return taken;
}

void TlsPeer::send(std::string_view bytes) {
    if (!bytes.empty()) SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
}

TlsServer::TlsServer(const Options& options, std::function<void(TlsPeer&)> serve)
    : serve_(std::move(serve)), context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    const Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    const Certificate certificate = self_signed(key.get(), options.subject_alternative_name);
    certificate_file_ = write_certificate(certificate.get());
    SSL_CTX_set_security_level(context_.get(), 0);  // for the versions that nobody should speak
    SSL_CTX_set_min_proto_version(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), options.newest_version);
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, generic, size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    ::getsockname(socket_, generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
}

TlsServer::~TlsServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
    ::unlink(certificate_file_.c_str());
}

std::string TlsServer::name_asked_for() {
    const std::lock_guard lock{mutex_};
    return name_;
}

void TlsServer::run() {
    // A client that goes in the middle of a handshake is an error of the write here; in the client's threads
    // the signal still ends the test.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
        const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        const timeval patience{60, 0};
        ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(context_.get()), &SSL_free};
        SSL_set_fd(ssl.get(), connection);
        if (SSL_accept(ssl.get()) == 1) {
            ++handshakes_;
            {
                const std::lock_guard lock{mutex_};
                const char* const name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
                name_ = name != nullptr ? name : "";
            }
            TlsPeer peer{ssl.get()};
            serve_(peer);
        }
        ::close(connection);
    }
}

}  // namespace weir::http::test
