#include "http/tls_context.h"

#include <array>
#include <cstdlib>
#include <map>
#include <mutex>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <unistd.h>

namespace weir::http {
namespace {

constexpr std::array<const char*, 4> known_bundles{
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",    // Amazon Linux (Lambda), Fedora
    "/etc/ssl/cert.pem",                   // Alpine without the package, BSD
    "/etc/ssl/ca-bundle.pem",              // SUSE
};

using Context = std::shared_ptr<SSL_CTX>;

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

// What decides whom a context trusts.
struct Authorities {
    std::string given, file, folder;
    auto operator<=>(const Authorities&) const = default;
};

Result<void> load(SSL_CTX& context, const std::string& file, std::string_view from) {
    if (SSL_CTX_load_verify_file(&context, file.c_str()) == 1) return {};
    return fail(ErrorCode::usage, "ca-file-invalid",
                fmt::format("{} ({}) holds no certificates in PEM that can be read", file, from),
                "give a file of CA certificates, such as /etc/ssl/certs/ca-certificates.crt");
}

Result<void> load_system(SSL_CTX& context) {
    std::string looked_at;
    for (const char* const bundle : known_bundles) {
        if (::access(bundle, R_OK) == 0) return load(context, bundle, "the system's CA bundle");
        looked_at.append(looked_at.empty() ? "" : ", ").append(bundle);
    }
    return fail(ErrorCode::unreachable, "ca-missing",
                fmt::format("no CA certificates to verify servers with: there is none of {}", looked_at),
                "install the package ca-certificates, or set SSL_CERT_FILE");
}

Result<void> load_authorities(SSL_CTX& context, const Authorities& authorities) {
    if (!authorities.given.empty()) return load(context, authorities.given, "the CA file given");
    if (authorities.file.empty() && authorities.folder.empty()) return load_system(context);
    // OpenSSL looks for a folder's certificates only when it needs one, so that nothing can be checked here.
    if (!authorities.folder.empty()) SSL_CTX_load_verify_dir(&context, authorities.folder.c_str());
    if (!authorities.file.empty()) return load(context, authorities.file, "SSL_CERT_FILE");
    return {};
}

Result<Context> make_context(const Authorities& authorities) {
    const Context context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
        return fail(ErrorCode::internal, "tls-unavailable", "OpenSSL cannot be set up");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    // A write is tried again from wherever the caller's bytes are then.
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    constexpr std::array<unsigned char, 9> protocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(context.get(), protocols.data(), protocols.size());
    if (const auto loaded = load_authorities(*context, authorities); !loaded) return fail(loaded.error());
    return context;
}

}  // namespace

Result<std::shared_ptr<ssl_ctx_st>> tls_context(const std::string& ca_file) {
    static std::mutex mutex;
    static std::map<Authorities, Context> contexts;
    const std::lock_guard lock{mutex};
    const Authorities authorities{ca_file, variable("SSL_CERT_FILE"), variable("SSL_CERT_DIR")};
    if (const auto found = contexts.find(authorities); found != contexts.end()) return found->second;
    auto context = make_context(authorities);
    if (context) contexts.emplace(authorities, *context);
    return context;
}

}  // namespace weir::http
