#include <fmt/format.h>

#include "aws/credential_sources.h"

namespace weir::aws {
namespace {

class ProfileSource final : public CredentialSource {
  public:
    ProfileSource(SourceContext context, std::string profile)
        : context_(std::move(context)), name_(std::move(profile)) {}

    Result<std::optional<Credentials>> load() override {
        const auto files = ProfileFiles::read(context_.environment);
        if (!files) return fail(files.error());
        looked_at_ = fmt::format("the profile {} of {}", name_, files->looked_at());
        const Profile* const profile = files->find(name_);
        if (profile == nullptr) return std::optional<Credentials>{};
        if (const auto role = setting(*profile, "role_arn")) {
            const auto token_file = setting(*profile, "web_identity_token_file");
            if (!token_file) return unsupported("assumes a role");
            return assume_role(context_,
                               {*role, *token_file, setting(*profile, "role_session_name").value_or("")},
                               source());
        }
        if (setting(*profile, "sso_session") || setting(*profile, "sso_start_url"))
            return unsupported("signs in with SSO");
        if (const auto access_key = setting(*profile, "aws_access_key_id"))
            return keys_of(*profile, *access_key);
        if (const auto command = setting(*profile, "credential_process"))
            return run_credential_process(*command, source());
        return std::optional<Credentials>{};
    }
    std::string looked_at() const override { return looked_at_; }

  private:
    [[nodiscard]] std::string source() const { return fmt::format("profile {}", name_); }

    Result<std::optional<Credentials>> keys_of(const Profile& profile, const std::string& access_key) const {
        const auto secret_key = setting(profile, "aws_secret_access_key");
        if (!secret_key)
            return fail(
                ErrorCode::unauthorized, "credentials-incomplete",
                fmt::format("the profile {} has aws_access_key_id, but no aws_secret_access_key", name_),
                "run `aws configure`");
        return std::optional{Credentials{
            access_key, *secret_key, setting(profile, "aws_session_token").value_or(""), {}, source()}};
    }

    [[nodiscard]] tl::unexpected<Error> unsupported(std::string_view what) const {
        return fail(
            ErrorCode::unauthorized, "profile-unsupported",
            fmt::format("the profile {} {}, which weir does not do by itself", name_, what),
            fmt::format("let the AWS CLI do it: add a profile with the line `credential_process = aws "
                        "configure export-credentials --profile {} --format process` and choose that one",
                        name_));
    }

    SourceContext context_;
    std::string name_;
    std::string looked_at_;
};

}  // namespace

std::unique_ptr<CredentialSource> profile_credentials(const SourceContext& context, std::string profile) {
    return std::make_unique<ProfileSource>(context, std::move(profile));
}

}  // namespace weir::aws
