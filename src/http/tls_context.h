#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;

namespace weir::http {

// What all TLS connections that trust the same certificate authorities share: TLS 1.2 or newer, the server's
// certificate always verified. Made once a set of authorities and kept, since reading them takes some 20 ms.
// `ca_file` (PEM) is trusted alone when given; else SSL_CERT_FILE and SSL_CERT_DIR (as OpenSSL defines them)
// when set; else the system's bundle where Debian, Amazon Linux, Alpine and SUSE keep it. Thread-safe.
// Fails with ErrorCode::usage (reason "ca-file-invalid") or ErrorCode::unreachable ("ca-missing").
Result<std::shared_ptr<ssl_ctx_st>> tls_context(const std::string& ca_file);

}  // namespace weir::http
