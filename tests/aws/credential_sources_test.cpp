// Each place where credentials may be, on a machine of the test's own.
#include "aws/credential_world.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;

Credentials loaded(const std::unique_ptr<CredentialSource>& source) {
    const auto found = source->load();
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    EXPECT_TRUE(found && found->has_value());
    return found && *found ? **found : Credentials{};
}

Error failure(const std::unique_ptr<CredentialSource>& source) {
    const auto found = source->load();
    EXPECT_FALSE(found);
    return found ? Error{} : found.error();
}

TEST(EnvironmentCredentials, an_empty_session_token_counts_as_absent) {
    CredentialWorld world;
    EXPECT_FALSE(*environment_credentials(world.context())->load());
    world.variables["AWS_ACCESS_KEY_ID"] = "AK";
    EXPECT_EQ(failure(environment_credentials(world.context())).reason, "credentials-incomplete");
    world.variables["AWS_SECRET_ACCESS_KEY"] = "SK";
    world.variables["AWS_SESSION_TOKEN"] = "";
    EXPECT_EQ(loaded(environment_credentials(world.context())).session_token, "");
    world.variables["AWS_SESSION_TOKEN"] = "T";
    EXPECT_EQ(loaded(environment_credentials(world.context())).session_token, "T");
}

TEST(ProfileCredentials, the_credentials_file_goes_before_the_config_file) {
    CredentialWorld world;
    world.write(".aws/config",
                "[default]\naws_access_key_id = C\naws_secret_access_key = CS\n"
                "[profile p]\nAWS_ACCESS_KEY_ID=P\naws_secret_access_key=PS # mine\n");
    EXPECT_EQ(loaded(profile_credentials(world.context(), "default")).access_key, "C");
    EXPECT_EQ(loaded(profile_credentials(world.context(), "p")).secret_key, "PS");
    world.write(".aws/credentials",
                "[default]\naws_access_key_id = K\naws_secret_access_key = KS\n"
                "aws_session_token = T\n");
    const Credentials found = loaded(profile_credentials(world.context(), "default"));
    EXPECT_EQ(found.access_key, "K");
    EXPECT_EQ(found.secret_key, "KS");
    EXPECT_EQ(found.session_token, "T");
    EXPECT_FALSE(*profile_credentials(world.context(), "nobody")->load());
    world.variables["AWS_SHARED_CREDENTIALS_FILE"] =
        world.write("mine", "[x]\naws_access_key_id=X\naws_secret_access_key=XS\n");
    EXPECT_EQ(loaded(profile_credentials(world.context(), "x")).access_key, "X");
    EXPECT_EQ(loaded(profile_credentials(world.context(), "default")).access_key, "C");
}

TEST(ProfileCredentials, a_command_gives_them) {
    CredentialWorld world;
    world.write(
        ".aws/config",
        "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AK\","
        "\"SecretAccessKey\":\"SK\",\"SessionToken\":\"T\",\"Expiration\":\"2026-11-24T01:00:00Z\"}'\n"
        "[profile bad]\ncredential_process = exit 3\n"
        "[profile noise]\ncredential_process = echo hello\n");
    const Credentials found = loaded(profile_credentials(world.context(), "default"));
    EXPECT_EQ(found.access_key, "AK");
    EXPECT_EQ(found.session_token, "T");
    EXPECT_EQ(found.expires, parse_rfc3339("2026-11-24T01:00:00Z").value());
    const Error bad = failure(profile_credentials(world.context(), "bad"));
    EXPECT_EQ(bad.reason, "credential-process-failed");
    EXPECT_NE(bad.hint.find("exit 3"), std::string::npos);
    EXPECT_EQ(failure(profile_credentials(world.context(), "noise")).reason, "credentials-invalid");
}

TEST(ProfileCredentials, sso_and_roles_of_other_profiles_show_the_way_out) {
    CredentialWorld world;
    world.write(".aws/config",
                "[profile sso]\nsso_session = s\n[sso-session s]\nsso_region = r\n"
                "[profile old]\nsso_start_url = u\n"
                "[profile role]\nrole_arn = arn:x\nsource_profile = default\n");
    for (const std::string name : {"sso", "old", "role"}) {
        const Error error = failure(profile_credentials(world.context(), name));
        EXPECT_EQ(error.reason, "profile-unsupported");
        EXPECT_NE(error.hint.find("credential_process = aws configure export-credentials --profile " + name),
                  std::string::npos);
    }
}

TEST(ProfileFiles, a_broken_line_is_named) {
    CredentialWorld world;
    for (const auto& [text, line] : std::vector<std::pair<std::string, std::string>>{
             {"[default]\nregion\n", "line 2"}, {"x = y\n", "line 1"}, {"\n[default\n", "line 2"}}) {
        world.write(".aws/config", text);
        const auto files = ProfileFiles::read(world.environment());
        ASSERT_FALSE(files) << text;
        EXPECT_EQ(files.error().code, ErrorCode::usage);
        EXPECT_NE(files.error().message.find(line), std::string::npos) << files.error().message;
    }
    world.write(".aws/config",
                "# c\n; c\n[default]\r\nregion = r\r\ns3 =\n  nested = x\n[services y]\nd = e\n");
    const auto files = ProfileFiles::read(world.environment());
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(setting(*files->find("default"), "region"), "r");
    EXPECT_EQ(setting(*files->find("default"), "nested"), std::nullopt);
    EXPECT_EQ(files->names(), std::vector<std::string>{"default"});
}

const std::string sts_answer =
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
    "<SessionToken>T</SessionToken><SecretAccessKey>S&amp;K</SecretAccessKey>"
    "<Expiration>2026-11-24T01:00:00Z</Expiration><AccessKeyId>AK</AccessKeyId>"
    "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";

TEST(WebIdentity, a_token_is_exchanged_at_sts) {
    CredentialWorld world;
    EXPECT_FALSE(*web_identity_credentials(world.context())->load());
    world.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = world.write("token", "a+b/c\n");
    world.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
    world.variables["AWS_ROLE_SESSION_NAME"] = "me";
    world.sender->answer(400,
                         "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>");
    world.sender->answer(200, sts_answer);
    const Credentials found = loaded(web_identity_credentials(world.context()));
    EXPECT_EQ(found.access_key, "AK");
    EXPECT_EQ(found.secret_key, "S&K");
    EXPECT_EQ(found.expires, parse_rfc3339("2026-11-24T01:00:00Z").value());
    ASSERT_EQ(world.sender->sent.size(), 2U);
    const auto& sent = world.sender->sent.back();
    EXPECT_EQ(sent.url.host, "sts.eu-central-1.amazonaws.com");
    EXPECT_TRUE(sent.url.tls);
    EXPECT_EQ(sent.header("Authorization"), "");
    EXPECT_EQ(sent.body,
              "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
              "RoleSessionName=me&Version=2011-06-15&WebIdentityToken=a%2Bb%2Fc");
}

TEST(WebIdentity, a_refusal_keeps_the_code_of_sts) {
    CredentialWorld world;
    world.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = world.write("token", "t");
    EXPECT_EQ(failure(web_identity_credentials(world.context())).reason, "credentials-incomplete");
    world.variables["AWS_ROLE_ARN"] = "arn";
    world.sender->answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    EXPECT_EQ(failure(web_identity_credentials(world.context())).reason, "AccessDenied");
}

const std::string json_answer =
    R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"T","Expiration":"2026-11-24T06:00:00Z"})";

TEST(ContainerCredentials, the_relative_uri_is_asked_at_the_address_of_ecs) {
    CredentialWorld world;
    EXPECT_FALSE(*container_credentials(world.context())->load());
    world.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/x?id=1";
    world.sender->lose("timeout");
    world.sender->answer(200, json_answer);
    EXPECT_EQ(loaded(container_credentials(world.context())).session_token, "T");
    EXPECT_EQ(world.sender->sent[1].url.host, "169.254.170.2");
    EXPECT_EQ(world.sender->sent[1].target, "/v2/x?id=1");
}

TEST(ContainerCredentials, the_full_uri_takes_a_token_from_a_file_read_each_time) {
    CredentialWorld world;
    world.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
    world.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "plain";
    world.sender->answer(200, json_answer);
    const auto source = container_credentials(world.context());
    loaded(source);
    EXPECT_EQ(world.sender->sent[0].header("Authorization"), "plain");
    world.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = world.write("token", "from-file\n");
    loaded(source);
    EXPECT_EQ(world.sender->sent[1].header("Authorization"), "from-file");
}

TEST(ContainerCredentials, without_tls_only_hosts_nearby_are_asked) {
    CredentialWorld world;
    world.sender->answer(200, json_answer);
    const auto ask = [&](const std::string& uri) {
        world.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
        return container_credentials(world.context())->load();
    };
    for (const std::string uri :
         {"http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x", "http://169.254.170.2/x",
          "http://[fd00:ec2::23]/x", "https://example.org/x"})
        EXPECT_TRUE(ask(uri)) << uri;
    for (const std::string uri :
         {"http://example.org/x", "http://127.evil.org/x", "http://169.254.169.254/x"}) {
        const auto answer = ask(uri);
        ASSERT_FALSE(answer) << uri;
        EXPECT_EQ(answer.error().reason, "container-host-refused");
    }
    EXPECT_EQ(world.sender->sent.size(), 6U);
}

TEST(InstanceCredentials, imds_is_asked_with_a_token_of_its_own) {
    CredentialWorld world;
    world.sender->answer(200, "TOKEN");
    world.sender->answer(200, "my-role\n");
    world.sender->answer(200, json_answer);
    EXPECT_EQ(loaded(instance_credentials(world.context())).access_key, "AK");
    ASSERT_EQ(world.sender->sent.size(), 3U);
    EXPECT_EQ(world.sender->sent[0].method, "PUT");
    EXPECT_EQ(world.sender->sent[0].target, "/latest/api/token");
    EXPECT_EQ(world.sender->sent[0].header("X-aws-ec2-metadata-token-ttl-seconds"), "21600");
    EXPECT_EQ(world.sender->sent[0].url.host, "169.254.169.254");
    EXPECT_LE(world.sender->sent[0].limits.connect_timeout, 1s);
    EXPECT_EQ(world.sender->sent[2].target, "/latest/meta-data/iam/security-credentials/my-role");
    EXPECT_EQ(world.sender->sent[2].header("X-aws-ec2-metadata-token"), "TOKEN");
}

TEST(InstanceCredentials, elsewhere_there_are_none) {
    CredentialWorld world;
    world.sender->lose("timeout");
    const auto source = instance_credentials(world.context());
    EXPECT_FALSE(*source->load());
    EXPECT_EQ(world.sender->sent.size(), 1U);
    world.variables["AWS_EC2_METADATA_DISABLED"] = "true";
    EXPECT_FALSE(*source->load());
    EXPECT_EQ(world.sender->sent.size(), 1U);
    EXPECT_NE(source->looked_at().find("AWS_EC2_METADATA_DISABLED"), std::string::npos);
}

}  // namespace
}  // namespace weir::aws::test
