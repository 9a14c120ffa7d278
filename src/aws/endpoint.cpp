#include "aws/endpoint.h"

#include <fmt/format.h>

namespace weir::aws {
namespace {

struct Candidate {
    std::string url;
    std::string from;
};

Candidate choose(const Service& service, const EndpointSettings& settings, const Environment& environment) {
    if (settings.given) return {*settings.given, "--endpoint-url"};
    if (environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").value_or("false") != "true") {
        for (const std::string& name :
             {fmt::format("AWS_ENDPOINT_URL_{}", service.endpoint_variable), std::string{"AWS_ENDPOINT_URL"}})
            if (auto url = environment(name)) return {std::move(*url), name};
        if (settings.profile) return {*settings.profile, "endpoint_url of the profile"};
    }
    const bool is_china = settings.region.starts_with("cn-");
    return {fmt::format("https://{}.{}.amazonaws.com{}", service.endpoint, settings.region,
                        is_china ? ".cn" : ""),
            "the region"};
}

}  // namespace

Result<http::Url> endpoint_of(const Service& service, const EndpointSettings& settings,
                              const Environment& environment) {
    const Candidate candidate = choose(service, settings, environment);
    auto url = http::parse_url(candidate.url);
    if (!url)
        return fail(ErrorCode::usage, "endpoint-invalid",
                    fmt::format("the endpoint of {} ({}) cannot be used: {}", service.name, candidate.from,
                                url.error().message),
                    "write https://host or http://host:port");
    return url;
}

}  // namespace weir::aws
