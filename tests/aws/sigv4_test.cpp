// Signatures, against the vectors of AWS (data/sigv4, see data/README.md) and of botocore.
#include "aws/sigv4.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/message.h"

namespace weir::aws::test {
namespace {

using nlohmann::json;
using std::filesystem::path;

const path vectors = path{WEIR_SOURCE_DIR} / "data/sigv4";

std::string contents(const path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

NamedValues query_of(std::string_view text) {
    NamedValues query;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        query.emplace_back(*http::percent_decode(pair.substr(0, equals), false),
                           *http::percent_decode(pair.substr(std::min(equals + 1, pair.size())), false));
    }
    return query;
}

// The request as the suite writes it, spaces in paths and folded header lines included.
SigningRequest request_of(const std::string& text) {
    SigningRequest request;
    const std::size_t line_end = text.find('\n');
    const std::string line = text.substr(0, line_end);
    const std::size_t space = line.find(' ');
    const std::string target = line.substr(space + 1, line.rfind(" HTTP/1.1") - space - 1);
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.method = line.substr(0, space);
    request.path = target.substr(0, mark);
    request.query = query_of(std::string_view{target}.substr(std::min(mark + 1, target.size())));
    const std::size_t head_end = std::min(text.find("\n\n", line_end), text.size());
    std::istringstream head{text.substr(line_end + 1, head_end - line_end - 1)};
    for (std::string header; std::getline(head, header);) {
        if (header.empty()) continue;
        if (header.front() == ' ') {
            request.headers.back().second += "\n" + header;
        } else {
            const std::size_t colon = header.find(':');
            request.headers.emplace_back(header.substr(0, colon), header.substr(colon + 1));
        }
    }
    request.payload_hash = payload_hash(head_end + 2 <= text.size() ? text.substr(head_end + 2) : "");
    return request;
}

struct Case {
    explicit Case(const path& folder) : folder_(folder) {
        const json context = json::parse(contents(folder / "context.json"));
        scope = {context["region"], context["service"],
                 *parse_rfc3339(context["timestamp"].get<std::string>()),
                 context["normalize"] ? PathStyle::normalized : PathStyle::verbatim};
        credentials.access_key = context["credentials"]["access_key_id"];
        credentials.secret_key = context["credentials"]["secret_access_key"];
        if (!context.value("omit_session_token", false))
            credentials.session_token = context["credentials"].value("token", "");
        signs_body = context["sign_body"];
        valid_for = std::chrono::seconds{context["expiration_in_seconds"].get<int>()};
    }
    [[nodiscard]] std::string expected(const std::string& file) const { return contents(folder_ / file); }
    [[nodiscard]] SigningRequest request() const { return request_of(contents(folder_ / "request.txt")); }

    path folder_;
    SigningScope scope;
    Credentials credentials;
    bool signs_body = false;
    std::chrono::seconds valid_for{};
};

std::vector<path> cases() {
    std::vector<path> folders;
    for (const auto& entry : std::filesystem::directory_iterator{vectors})
        if (entry.is_directory()) folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

SigningKeys keys;  // one for all tests, in turn: a key must not outlive what it is made of

TEST(SigV4, all_cases_of_the_suite_are_there) {
    EXPECT_EQ(cases().size(), 38U);
}

TEST(SigV4, signs_headers_as_the_suite_does) {
    for (const path& folder : cases()) {
        SCOPED_TRACE(folder.filename());
        const Case test{folder};
        SigningRequest request = test.request();
        if (test.signs_body) request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
        sign(request, test.scope, test.credentials, keys);
        const std::string authorization = request.headers.back().second;
        request.headers.pop_back();
        const std::string canonical = canonical_request(request, test.scope.path_style);
        EXPECT_EQ(canonical, test.expected("header-canonical-request.txt"));
        EXPECT_EQ(string_to_sign(test.scope, canonical), test.expected("header-string-to-sign.txt"));
        EXPECT_TRUE(authorization.ends_with("Signature=" + test.expected("header-signature.txt")));
        EXPECT_NE(test.expected("header-signed-request.txt").find("\nAuthorization:" + authorization + "\n"),
                  std::string::npos);
    }
}

TEST(SigV4, signs_queries_as_the_suite_does) {
    for (const path& folder : cases()) {
        SCOPED_TRACE(folder.filename());
        const Case test{folder};
        SigningRequest request = test.request();
        presign(request, test.scope, test.credentials, test.valid_for);
        ASSERT_EQ(request.query.back().first, "X-Amz-Signature");
        EXPECT_EQ(request.query.back().second, test.expected("query-signature.txt"));
        request.query.pop_back();
        const std::string canonical = canonical_request(request, test.scope.path_style);
        EXPECT_EQ(canonical, test.expected("query-canonical-request.txt"));
        EXPECT_EQ(string_to_sign(test.scope, canonical), test.expected("query-string-to-sign.txt"));
    }
}

TEST(SigV4, signs_paths_of_s3_as_botocore_does) {
    const json file = json::parse(contents(vectors / "s3-botocore.json"));
    const SigningScope scope{file["region"], "s3", *parse_rfc3339(file["time"].get<std::string>()),
                             PathStyle::s3};
    ASSERT_GT(file["vectors"].size(), 10U);
    for (const json& vector : file["vectors"]) {
        SCOPED_TRACE(vector["key"].get<std::string>());
        SigningRequest request;
        request.method = vector["method"];
        request.path = encode_path("/bucket/" + vector["key"].get<std::string>());
        for (const json& pair : vector["query"])
            request.query.emplace_back(pair[0], pair[1]);
        request.headers = {{"Host", file["host"]}};
        request.payload_hash = payload_hash(vector["body"].get<std::string>());
        sign(request, scope, {file["access_key"], file["secret_key"], vector["token"], {}, {}}, keys);
        EXPECT_EQ(request.path, vector["path"]);
        EXPECT_EQ(request.headers.back().second, vector["authorization"]);
        request.headers.pop_back();
        const std::string canonical = canonical_request(request, scope.path_style);
        EXPECT_EQ(canonical, vector["canonical_request"]);
        EXPECT_EQ(string_to_sign(scope, canonical), vector["string_to_sign"]);
    }
}

// No emulator looks at it (ministack and moto take any).
TEST(SigV4, the_scope_names_day_region_and_service) {
    SigningRequest request{"POST", "/", {}, {{"Host", "sqs.eu-west-3.amazonaws.com"}}, payload_hash("{}")};
    sign(request, {"eu-west-3", "sqs", *parse_rfc3339("2026-11-24T23:59:59.999Z")}, {"AK", "SK", {}, {}, {}},
         keys);
    EXPECT_TRUE(request.headers.back().second.starts_with(
        "AWS4-HMAC-SHA256 Credential=AK/20261124/eu-west-3/sqs/aws4_request, "
        "SignedHeaders=host;x-amz-date, "));
}

// One after the other with the same keys, each with one thing changed.
TEST(SigV4, a_key_that_is_kept_serves_nothing_but_its_own_scope) {
    const auto signed_by = [](const SigningScope& scope, const std::string& secret, SigningKeys& with) {
        SigningRequest request{"POST", "/", {}, {{"Host", "h"}}, payload_hash("{}")};
        sign(request, scope, {"AK", secret, {}, {}, {}}, with);
        return request.headers.back().second;
    };
    const Timestamp day = *parse_rfc3339("2026-11-24T23:59:59.999Z");
    const std::vector<std::pair<SigningScope, std::string>> scopes{
        {{"r", "s", day}, "SK"},  {{"r", "s", day}, "SK"},  {{"r", "s", day + Duration{1}}, "SK"},
        {{"r2", "s", day}, "SK"}, {{"r2", "t", day}, "SK"}, {{"r2", "t", day}, "other"}};
    SigningKeys kept;
    for (const auto& [scope, secret] : scopes) {
        SigningKeys fresh;
        EXPECT_EQ(signed_by(scope, secret, kept), signed_by(scope, secret, fresh));
    }
}

TEST(SigV4, an_empty_session_token_is_none) {
    SigningRequest request{"POST", "/", {}, {{"Host", "h"}}, payload_hash("")};
    sign(request, {"r", "s", {}}, {"AK", "SK", "", {}, {}}, keys);
    for (const auto& [name, value] : request.headers)
        EXPECT_NE(name, "X-Amz-Security-Token");
}

}  // namespace
}  // namespace weir::aws::test
