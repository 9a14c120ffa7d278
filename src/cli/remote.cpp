#include "cli/remote.h"

#include "cli/exit_status.h"
#include "cli/token_file.h"
#include "window/window.h"

namespace weir::cli {

void RemoteOptions::declare(OptionTable& options) {
    options.group("Server");
    options.add("server", "URL", server, "Address of the server");
    declare_access(options);
}

void RemoteOptions::declare_access(OptionTable& options) {
    options.add("token-file", "FILE", token_file, "File that holds the server's bearer token");
    options.positive("timeout", timeout, "Give a request up after this time");
}

Result<http::Url> RemoteOptions::url() const {
    Result<http::Url> url = http::parse_url(server);
    if (!url) return fail(ErrorCode::usage, url.error().reason, url.error().message, url.error().hint);
    return url;
}

Result<std::string> RemoteOptions::token(Console& console) const {
    if (token_file.empty()) return std::string();
    return read_token_file(token_file, console);
}

http::ClientOptions RemoteOptions::client() const {
    http::ClientOptions client;
    client.timeout = timeout;
    client.connect_timeout = std::min(client.connect_timeout, timeout);
    return client;
}

Result<std::unique_ptr<RemoteStore>> connect(const RemoteOptions& options, Console& console) {
    Result<http::Url> url = options.url();
    if (!url) return fail(std::move(url).error());
    Result<std::string> token = options.token(console);
    if (!token) return fail(std::move(token).error());
    return std::make_unique<RemoteStore>(*std::move(url), *std::move(token), options.client());
}

Result<int> no_or_failure(const Error& error, Console& console) {
    if (error.reason != "answer-invalid" || error.code != ErrorCode::refused) return fail(error);
    console.report(error);
    return exit_no;
}

Timestamp aligned(const TimeArgument& time, Duration step) {
    return time.relative ? align_down(time.at, step) : time.at;
}

}  // namespace weir::cli
