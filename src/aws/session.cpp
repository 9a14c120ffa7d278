#include "aws/session.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "aws/credential_sources.h"
#include "aws/pooled_sender.h"
#include "aws/profile_files.h"
#include "aws/signed_caller.h"

namespace weir::aws {
namespace {

// Where the settings of a session come from, in their order.
struct Settings {
    std::string profile_name = "default";
    Profile profile;
    std::string region;
    std::uint32_t max_attempts = 3;
};

Result<void> choose_profile(const SessionOptions& options, const Environment& environment,
                            Settings& settings) {
    const auto files = ProfileFiles::read(environment);
    if (!files) return fail(files.error());
    auto wanted = options.profile;
    if (!wanted) wanted = environment("AWS_PROFILE");
    if (!wanted) wanted = environment("AWS_DEFAULT_PROFILE");
    settings.profile_name = wanted.value_or("default");
    if (const Profile* const found = files->find(settings.profile_name)) {
        settings.profile = *found;
        return {};
    }
    if (!wanted) return {};
    return fail(ErrorCode::usage, "profile-missing",
                fmt::format("there is no profile {} in {}", settings.profile_name, files->looked_at()),
                fmt::format("choose one of: {}", fmt::join(files->names(), ", ")));
}

Result<void> choose_region(const SessionOptions& options, const Environment& environment,
                           Settings& settings) {
    auto region = options.region;
    if (!region) region = environment("AWS_REGION");
    if (!region) region = environment("AWS_DEFAULT_REGION");
    if (!region) region = setting(settings.profile, "region");
    if (!region)
        return fail(ErrorCode::usage, "region-missing", "no AWS region is known",
                    "give --region, set AWS_REGION, or run `aws configure`");
    // It becomes part of a host's name.
    if (region->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
        return fail(ErrorCode::usage, "region-invalid", fmt::format("'{}' is no AWS region", *region),
                    "write it as eu-central-1");
    settings.region = std::move(*region);
    return {};
}

Result<void> choose_attempts(const SessionOptions& options, const Environment& environment,
                             Settings& settings) {
    settings.max_attempts = options.max_attempts;
    auto text = environment("AWS_MAX_ATTEMPTS");
    if (!text) text = setting(settings.profile, "max_attempts");
    if (!text) return {};
    const char* const end = text->data() + text->size();
    const auto [last, error] = std::from_chars(text->data(), end, settings.max_attempts);
    if (error == std::errc{} && last == end && settings.max_attempts > 0) return {};
    return fail(ErrorCode::usage, "max-attempts-invalid",
                fmt::format("AWS_MAX_ATTEMPTS is '{}', not a number from 1 on", *text));
}

std::vector<std::unique_ptr<CredentialSource>> sources_of(const SourceContext& context,
                                                          const SessionOptions& options,
                                                          const Settings& settings) {
    std::vector<std::unique_ptr<CredentialSource>> sources;
    // Whoever names a profile means it, whatever the environment holds (as the AWS CLI does).
    if (!options.profile) {
        sources.push_back(environment_credentials(context));
        sources.push_back(web_identity_credentials(context));
    }
    sources.push_back(profile_credentials(context, settings.profile_name));
    if (!options.profile) {
        sources.push_back(container_credentials(context));
        sources.push_back(instance_credentials(context));
    }
    return sources;
}

}  // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());
        if (value == nullptr || *value == '\0') return std::nullopt;
        return std::string{value};
    };
}

Result<std::unique_ptr<Caller>> open_session(SessionOptions options, Environment environment, Clock& clock) {
    Settings settings;
    for (const auto choose : {choose_profile, choose_region, choose_attempts})
        if (auto chosen = choose(options, environment, settings); !chosen)
            return fail(std::move(chosen).error());
    auto ca_file = environment("AWS_CA_BUNDLE");
    if (!ca_file) ca_file = setting(settings.profile, "ca_bundle");
    const auto sender = std::make_shared<PooledSender>(ca_file.value_or(""));
    const SourceContext context{environment, sender, clock, system_random(), settings.region};
    auto credentials = std::make_unique<CredentialCache>(sources_of(context, options, settings), clock);
    CallerSettings caller{{settings.region, options.endpoint, setting(settings.profile, "endpoint_url")},
                          std::move(environment),
                          {options.connect_timeout, options.timeout},
                          settings.max_attempts};
    return std::unique_ptr<Caller>{std::make_unique<SignedCaller>(
        std::move(caller), sender, std::move(credentials), clock, system_random())};
}

}  // namespace weir::aws
