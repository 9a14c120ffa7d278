#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "aws/http_sender.h"
#include "aws/profile_files.h"
#include "aws/random.h"
#include "aws/session.h"
#include "base/clock.h"

namespace weir::aws {

// What sources need of the outside. The referred outlive them.
struct SourceContext {
    Environment environment;
    std::shared_ptr<HttpSender> sender;
    Clock& clock;
    RandomSource random;
    std::string region;
};

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, unless empty, AWS_SESSION_TOKEN.
std::unique_ptr<CredentialSource> environment_credentials(const SourceContext& context);

// STS AssumeRoleWithWebIdentity with the token in a file.
struct WebIdentity {
    std::string role_arn;
    std::string token_file;
    std::string session_name{};  // empty: "weir-<now>"
};
Result<std::optional<Credentials>> assume_role(const SourceContext& context, const WebIdentity& identity,
                                               const std::string& source);
// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME.
std::unique_ptr<CredentialSource> web_identity_credentials(const SourceContext& context);

// A profile of the shared files: keys, credential_process, or a web identity. Profiles that need more (SSO,
// another profile's role) fail with a hint to `aws configure export-credentials`. The files are read again
// at each load, since others may renew them.
std::unique_ptr<CredentialSource> profile_credentials(const SourceContext& context, std::string profile);

// The credentials that a command writes (`credential_process`, version 1), run by /bin/sh; given 60 s.
Result<std::optional<Credentials>> run_credential_process(const std::string& command,
                                                          const std::string& source);

// The endpoint of an ECS task, an EKS pod or Greengrass: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI.
// Without TLS only hosts that are this machine's or the container service's own are asked.
std::unique_ptr<CredentialSource> container_credentials(const SourceContext& context);

// The role of an EC2 instance (IMDSv2), unless AWS_EC2_METADATA_DISABLED=true.
std::unique_ptr<CredentialSource> instance_credentials(const SourceContext& context);

}  // namespace weir::aws
