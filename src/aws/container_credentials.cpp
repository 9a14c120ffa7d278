#include <array>

#include <fmt/format.h>

#include "aws/credential_request.h"

namespace weir::aws {
namespace {

constexpr std::string_view ecs_host = "169.254.170.2";
// SDKs and Tools Reference Guide, "Container credential provider": ECS, EKS.
constexpr std::array<std::string_view, 5> allowed_hosts{ecs_host, "169.254.170.23", "fd00:ec2::23",
                                                        "localhost", "::1"};
constexpr unsigned attempts = 3;
constexpr SendLimits limits{Duration{2'000}, Duration{2'000}};

bool is_allowed_without_tls(const std::string& host) {
    for (const std::string_view allowed : allowed_hosts)
        if (host == allowed) return true;
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

struct Place {
    http::Url url;
    std::string target;
};

Result<Place> place_of(const std::string& uri) {
    const std::size_t scheme_end = uri.find("://");
    const std::size_t path =
        scheme_end == std::string::npos ? uri.size() : uri.find_first_of("/?", scheme_end + 3);
    auto url = http::parse_url(uri.substr(0, path));
    if (!url) return fail(std::move(url).error());
    if (!url->tls && !is_allowed_without_tls(url->host))
        return fail(
            ErrorCode::usage, "container-host-refused",
            fmt::format("AWS_CONTAINER_CREDENTIALS_FULL_URI names the host {}, whom credentials are not "
                        "asked of without TLS",
                        url->host),
            "use https://, a loopback address or the container service's own");
    std::string target = path >= uri.size() ? "/" : uri.substr(path);
    if (target.front() == '?') target.insert(0, "/");
    return Place{std::move(*url), std::move(target)};
}

class ContainerSource final : public CredentialSource {
  public:
    explicit ContainerSource(SourceContext context) : context_(std::move(context)) {}

    Result<std::optional<Credentials>> load() override {
        const auto relative = context_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        const auto full = context_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        if (!relative && !full) return std::optional<Credentials>{};
        const auto place = place_of(relative ? fmt::format("http://{}{}", ecs_host, *relative) : *full);
        if (!place) return fail(place.error());
        const auto token = authorization();
        if (!token) return fail(token.error());
        http::ClientRequest request;
        request.target = place->target;
        request.headers.add("Accept", "application/json");
        if (!token->empty()) request.headers.add("Authorization", *token);
        const auto response = request_credentials(context_, place->url, request, limits, attempts);
        if (!response) return fail(response.error());
        if (response->status != 200)
            return fail(ErrorCode::unauthorized, "credentials-invalid",
                        fmt::format("the container's credentials endpoint {} answered {}",
                                    http::authority(place->url), response->status),
                        "see whether the task or pod has a role");
        auto credentials = read_credentials(response->body, "container role");
        if (!credentials) return fail(std::move(credentials).error());
        return std::optional{std::move(*credentials)};
    }
    std::string looked_at() const override {
        return "the container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set)";
    }

  private:
    Result<std::string> authorization() const {
        if (const auto file = context_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
            return read_token_file(*file);
        return context_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
    }

    SourceContext context_;
};

}  // namespace

std::unique_ptr<CredentialSource> container_credentials(const SourceContext& context) {
    return std::make_unique<ContainerSource>(context);
}

}  // namespace weir::aws
