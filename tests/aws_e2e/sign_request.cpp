// Signs a request as weir signs its own, and prints what to send: for the tests of servers that check
// signatures.
//     aws_sign METHOD SERVICE PATH [query=NAME=VALUE]… [header=NAME:VALUE]… [body=TEXT] [region=NAME]
//     [time=RFC3339]
// PATH is not encoded. Prints {"target":"/path?query","headers":{…}}. The keys come from AWS_ACCESS_KEY_ID
// and AWS_SECRET_ACCESS_KEY.
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "aws/sigv4.h"
#include "base/clock.h"

namespace {

using weir::aws::NamedValues;

struct Wanted {
    weir::aws::SigningRequest request;
    weir::aws::SigningScope scope;
};

std::pair<std::string, std::string> halves(std::string_view text, char separator) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return {std::string(text), ""};
    return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

bool read(std::span<char*> arguments, Wanted& wanted) {
    if (arguments.size() < 4) return false;
    auto& [request, scope] = wanted;
    request.method = arguments[1];
    scope = {"us-east-1", arguments[2], weir::system_clock().now(), weir::aws::PathStyle::normalized};
    if (scope.service == "s3") scope.path_style = weir::aws::PathStyle::s3;
    request.path = weir::aws::encode_path(arguments[3]);
    std::string body;
    for (const char* argument : arguments.subspan(4)) {
        const auto [name, value] = halves(argument, '=');
        if (name == "query") {
            request.query.push_back(halves(value, '='));
        } else if (name == "header") {
            request.headers.push_back(halves(value, ':'));
        } else if (name == "body") {
            body = value;
        } else if (name == "region") {
            scope.region = value;
        } else if (const auto time = weir::parse_rfc3339(value); name == "time" && time) {
            scope.time = *time;
        } else {
            return false;
        }
    }
    request.payload_hash = weir::aws::payload_hash(body);
    return true;
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    if (!read({argv, static_cast<std::size_t>(argc)}, wanted)) {
        std::fputs(
            "usage: aws_sign METHOD SERVICE PATH [query=N=V]… [header=N:V]… [body=…] [region=…] [time=…]\n",
            stderr);
        return 2;
    }
    auto& [request, scope] = wanted;
    weir::aws::Credentials credentials;
    credentials.access_key = variable("AWS_ACCESS_KEY_ID");
    credentials.secret_key = variable("AWS_SECRET_ACCESS_KEY");
    weir::aws::SigningKeys keys;
    weir::aws::sign(request, scope, credentials, keys);
    const std::string query = weir::aws::encode_query(request.query);
    nlohmann::json answer{{"target", request.path + (query.empty() ? "" : "?" + query)},
                          {"headers", nlohmann::json::object()}};
    for (const auto& [name, value] : request.headers)
        answer["headers"][name] = value;
    std::puts(answer.dump().c_str());
    return 0;
}
