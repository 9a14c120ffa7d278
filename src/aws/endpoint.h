#pragma once

#include <optional>
#include <string>

#include "aws/call.h"
#include "aws/session.h"
#include "base/result.h"
#include "http/client.h"

namespace weir::aws {

// Where a service is asked.
struct EndpointSettings {
    std::string region;
    std::optional<std::string> given{};    // for every service, before all others
    std::optional<std::string> profile{};  // the profile's endpoint_url, after the environment's
};

// `given`, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's, else
// https://<endpoint>.<region>.amazonaws.com (.cn in China). AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves
// the environment and the profile out. Reason "endpoint-invalid".
Result<http::Url> endpoint_of(const Service& service, const EndpointSettings& settings,
                              const Environment& environment);

}  // namespace weir::aws
