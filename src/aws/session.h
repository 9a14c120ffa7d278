#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/call.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::aws {

// Reads a variable of the environment; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

struct SessionOptions {
    std::optional<std::string> profile{};  // --profile; else AWS_PROFILE, else "default"
    std::optional<std::string>
        region{};  // --region; else AWS_REGION, AWS_DEFAULT_REGION, the profile's region
    std::optional<std::string> endpoint{};  // --endpoint-url; else AWS_ENDPOINT_URL_<SERVICE>,
                                            // AWS_ENDPOINT_URL, the profile's endpoint_url
    std::uint32_t max_attempts =
        3;  // a call; AWS_MAX_ATTEMPTS and the profile's go before it (SDK reference, "Retry behavior")
    Duration connect_timeout{3'000};
    Duration timeout{30'000};
};

// A Caller configured as the AWS CLI and SDKs are: credentials from the environment, a web identity, the
// shared files (keys, credential_process or web identity of a profile), the container, IMDSv2, in this order
// of the SDKs' default chain (from the profile alone when options name one); refreshed five minutes before
// they expire. Credentials are looked for at the first call. Fails with ErrorCode::usage when a file cannot
// be read as what it is or no region is known (with a hint). `clock` outlives the session.
Result<std::unique_ptr<Caller>> open_session(SessionOptions options, Environment environment, Clock& clock);

}  // namespace weir::aws
