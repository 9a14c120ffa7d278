#include <fmt/format.h>

#include "aws/credential_request.h"
#include "aws/endpoint.h"
#include "aws/service_error.h"
#include "aws/services.h"
#include "aws/sigv4.h"
#include "aws/xml.h"

namespace weir::aws {
namespace {

constexpr unsigned attempts = 3;

Result<std::optional<Credentials>> read_answer(const http::Response& response, const std::string& source) {
    if (response.status != 200) {
        const ServiceError error = read_service_error(response);
        return fail(
            ErrorCode::unauthorized, error.code,
            fmt::format("the role of the {} cannot be assumed: {}: {}", source, error.code, error.message),
            "check AWS_ROLE_ARN, the token and the role's trust policy");
    }
    const auto document = read_xml(response.body);
    const XmlElement* const found = document ? document->find("Credentials") : nullptr;
    const auto expires = found != nullptr ? parse_rfc3339(found->text_of("Expiration")) : Result<Timestamp>{};
    if (found == nullptr || !expires || found->text_of("AccessKeyId").empty())
        return fail(ErrorCode::unauthorized, "credentials-invalid", "the answer of STS holds no credentials");
    return std::optional{Credentials{found->text_of("AccessKeyId"), found->text_of("SecretAccessKey"),
                                     found->text_of("SessionToken"), *expires, source}};
}

class WebIdentitySource final : public CredentialSource {
  public:
    explicit WebIdentitySource(SourceContext context) : context_(std::move(context)) {}

    Result<std::optional<Credentials>> load() override {
        const auto token_file = context_.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
        if (!token_file) return std::optional<Credentials>{};
        const auto role = context_.environment("AWS_ROLE_ARN");
        if (!role)
            return fail(ErrorCode::unauthorized, "credentials-incomplete",
                        "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not", "set both, or none");
        return assume_role(context_,
                           {*role, *token_file, context_.environment("AWS_ROLE_SESSION_NAME").value_or("")},
                           "web identity");
    }
    std::string looked_at() const override {
        return "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set)";
    }

  private:
    SourceContext context_;
};

}  // namespace

Result<std::optional<Credentials>> assume_role(const SourceContext& context, const WebIdentity& identity,
                                               const std::string& source) {
    const auto token = read_token_file(identity.token_file);
    if (!token) return fail(token.error());
    const auto url = endpoint_of(sts_service, {context.region}, context.environment);
    if (!url) return fail(url.error());
    const std::string session = identity.session_name.empty()
                                    ? fmt::format("weir-{}", to_ms(context.clock.now()))
                                    : identity.session_name;
    const std::string body = encode_query({{"Action", "AssumeRoleWithWebIdentity"},
                                           {"Version", "2011-06-15"},
                                           {"RoleArn", identity.role_arn},
                                           {"RoleSessionName", session},
                                           {"WebIdentityToken", *token}});
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers.add("Content-Type", std::string{sts_service.content_type});
    request.body = body;
    const auto response = request_credentials(context, *url, request, {}, attempts);
    if (!response) return fail(response.error());
    return read_answer(*response, source);
}

std::unique_ptr<CredentialSource> web_identity_credentials(const SourceContext& context) {
    return std::make_unique<WebIdentitySource>(context);
}

}  // namespace weir::aws
