#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <openssl/ssl.h>

namespace weir::http::test {

// The server's side of one TLS connection. Blocking; every wait ends after a minute.
class TlsPeer {
  public:
    explicit TlsPeer(SSL* ssl) : ssl_(ssl) {}
    // Up to and with the first `mark`; what came before the end when the other side closes.
    std::string read_through(std::string_view mark);
    std::string read(std::size_t bytes);
    void send(std::string_view bytes);
    void finish() { SSL_shutdown(ssl_); }  // says goodbye

  private:
    bool fill();

    SSL* ssl_;
    std::string received_;
};

// A TLS server on the loopback with a certificate that it has signed itself. It serves one connection after
// another with `serve`, which the handshake has gone before.
class TlsServer {
  public:
    struct Options {
        std::string subject_alternative_name = "DNS:localhost,IP:127.0.0.1";
        int newest_version = TLS1_3_VERSION;
    };
    TlsServer(const Options& options, std::function<void(TlsPeer&)> serve);
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& certificate_file() const { return certificate_file_; }
    [[nodiscard]] int handshakes() const { return handshakes_; }
    [[nodiscard]] std::string name_asked_for();  // SNI of the last handshake

  private:
    void run();

    std::function<void(TlsPeer&)> serve_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::string certificate_file_;
    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> handshakes_{0};
    std::mutex mutex_;
    std::string name_;
    std::thread thread_;
};

}  // namespace weir::http::test
