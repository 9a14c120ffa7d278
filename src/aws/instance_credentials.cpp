#include <fmt/format.h>

#include "aws/credential_request.h"

namespace weir::aws {
namespace {

// EC2 User Guide, "Use IMDSv2"; one attempt of a second as in the SDKs, since elsewhere nobody answers.
constexpr std::string_view default_endpoint = "http://169.254.169.254";
constexpr std::string_view role_path = "/latest/meta-data/iam/security-credentials/";
constexpr SendLimits limits{Duration{1'000}, Duration{1'000}};
constexpr unsigned attempts = 1;

class InstanceSource final : public CredentialSource {
  public:
    explicit InstanceSource(SourceContext context) : context_(std::move(context)) {}

    Result<std::optional<Credentials>> load() override {
        if (context_.environment("AWS_EC2_METADATA_DISABLED").value_or("false") == "true") {
            looked_at_ = "the instance (AWS_EC2_METADATA_DISABLED is true)";
            return std::optional<Credentials>{};
        }
        const auto url = http::parse_url(context_.environment("AWS_EC2_METADATA_SERVICE_ENDPOINT")
                                             .value_or(std::string{default_endpoint}));
        if (!url) return fail(url.error());
        const auto token = ask(*url, "PUT", "/latest/api/token", {});
        if (!token) return nothing("no instance metadata at " + http::authority(*url));
        const auto roles = ask(*url, "GET", std::string{role_path}, *token);
        if (!roles) return nothing("no role is attached");
        const std::string role = roles->substr(0, roles->find_first_of("\r\n"));
        const auto answer = ask(*url, "GET", fmt::format("{}{}", role_path, role), *token);
        if (!answer)
            return fail(ErrorCode::unauthorized, "credentials-invalid",
                        fmt::format("the instance gives no credentials of its role {}", role));
        auto credentials = read_credentials(*answer, "instance role " + role);
        if (!credentials) return fail(std::move(credentials).error());
        return std::optional{std::move(*credentials)};
    }
    std::string looked_at() const override { return looked_at_; }

  private:
    Result<std::optional<Credentials>> nothing(const std::string& why) {
        looked_at_ = fmt::format("the instance ({})", why);
        return std::optional<Credentials>{};
    }

    // Nothing unless the answer is a 200 with a text.
    std::optional<std::string> ask(const http::Url& url, const std::string& method, const std::string& target,
                                   const std::string& token) {
        http::ClientRequest request;
        request.method = method;
        request.target = target;
        if (token.empty())
            request.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
        else
            request.headers.add("X-aws-ec2-metadata-token", token);
        auto response = request_credentials(context_, url, request, limits, attempts);
        if (!response || response->status != 200 || response->body.empty()) return std::nullopt;
        return std::move(response->body);
    }

    SourceContext context_;
    std::string looked_at_;
};

}  // namespace

std::unique_ptr<CredentialSource> instance_credentials(const SourceContext& context) {
    return std::make_unique<InstanceSource>(context);
}

}  // namespace weir::aws
