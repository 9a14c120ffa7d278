#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/time.h"

namespace weir::aws {

// AWS Signature Version 4 (IAM User Guide, "Create a signed AWS API request").

// How the path of the request line becomes the canonical one.
enum class PathStyle {
    normalized,  // every service but S3: dot segments and doubled slashes resolved, then encoded once more
    verbatim,    // as on the line, encoded once more
    s3,          // exactly as on the line, which encode_path has made
};

struct SigningScope {
    std::string region;
    std::string service;
    Timestamp time;
    PathStyle path_style = PathStyle::normalized;
};

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct SigningRequest {
    std::string method;
    std::string path;          // as it goes on the request line
    NamedValues query{};       // not encoded
    NamedValues headers{};     // all to be signed, Host among them
    std::string payload_hash;  // hex of SHA-256, or "UNSIGNED-PAYLOAD"
};

std::string payload_hash(std::string_view body);
std::string amz_date(Timestamp time);  // "20150830T123600Z"

// The three steps. `headers` must hold X-Amz-Date, except when a query is signed.
std::string canonical_request(const SigningRequest& request, PathStyle path_style);
std::string string_to_sign(const SigningScope& scope, std::string_view canonical);
std::string signature(const SigningScope& scope, std::string_view secret_key, std::string_view to_sign);

// The key that signatures are made with is one of a secret, a day, a region and a service: derived once, not
// once a request. Thread-safe.
class SigningKeys {
  public:
    // `day`: the scope's, as 20261124.
    std::string get(const SigningScope& scope, std::string_view day, std::string_view secret_key);

  private:
    std::mutex mutex_;
    std::string date_, region_, service_, secret_, key_;  // of the last one
};

// Adds X-Amz-Date, X-Amz-Security-Token when there is one, for S3 x-amz-content-sha256, and Authorization.
void sign(SigningRequest& request, const SigningScope& scope, const Credentials& credentials,
          SigningKeys& keys);

// Adds the signature to the query instead, for a URL that anybody may use for so long. S3's payload hash is
// then "UNSIGNED-PAYLOAD".
void presign(SigningRequest& request, const SigningScope& scope, const Credentials& credentials,
             std::chrono::seconds valid_for);

// A path with everything encoded but '/' and the unreserved characters of RFC 3986; a query, sorted as the
// canonical request wants it. For the request line.
std::string encode_path(std::string_view path);
std::string encode_query(const NamedValues& query);

}  // namespace weir::aws
