#include "aws/credential_sources.h"

namespace weir::aws {
namespace {

class EnvironmentSource final : public CredentialSource {
  public:
    explicit EnvironmentSource(Environment environment) : environment_(std::move(environment)) {}

    Result<std::optional<Credentials>> load() override {
        auto access_key = environment_("AWS_ACCESS_KEY_ID");
        if (!access_key) return std::optional<Credentials>{};
        auto secret_key = environment_("AWS_SECRET_ACCESS_KEY");
        if (!secret_key)
            return fail(ErrorCode::unauthorized, "credentials-incomplete",
                        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not", "set both, or none");
        return std::optional{Credentials{std::move(*access_key),
                                         std::move(*secret_key),
                                         environment_("AWS_SESSION_TOKEN").value_or(""),
                                         {},
                                         "AWS_ACCESS_KEY_ID of the environment"}};
    }
    std::string looked_at() const override { return "the environment (AWS_ACCESS_KEY_ID is not set)"; }

  private:
    Environment environment_;
};

}  // namespace

std::unique_ptr<CredentialSource> environment_credentials(const SourceContext& context) {
    return std::make_unique<EnvironmentSource>(context.environment);
}

}  // namespace weir::aws
