#pragma once

#include <string>

#include "aws/credential_sources.h"

namespace weir::aws {

// Asks a service that gives credentials, again after a while when it does not answer, is throttled or fails
// (at most `attempts` times, full jitter of up to 1, 2, 4 … s between).
Result<http::Response> request_credentials(const SourceContext& context, const http::Url& url,
                                           const http::ClientRequest& request, const SendLimits& limits,
                                           unsigned attempts);

// Credentials as JSON: AccessKeyId, SecretAccessKey, Token or SessionToken, Expiration. Fails with
// ErrorCode::unauthorized (reason "credentials-invalid").
Result<Credentials> read_credentials(const std::string& json, const std::string& source);

// The text of a small file without white space around, as tokens are kept; reason "token-file-missing".
Result<std::string> read_token_file(const std::string& path);

}  // namespace weir::aws
