#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json_string.h"
#include "base/time.h"
#include "http/client.h"
#include "server/service.h"
#include "store/temporary_folder.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace weir::test {

using Json = nlohmann::json;
using HeaderList = std::vector<std::pair<std::string, std::string>>;

inline const Timestamp start_time = *parse_rfc3339("2026-11-24T00:15:00.000Z");
constexpr std::string_view ndjson_type = "application/x-ndjson";

inline Json json_of(const http::Response& response) {
    return Json::parse(response.body, nullptr, false);
}

// One event of this id, that many milliseconds after start_time, as a line without a line break.
inline std::string line_of(const std::string& id, std::int64_t ms = 0, const std::string& key = "Kent") {
    return R"({"event_id":")" + id + R"(","ts":")" + format_rfc3339(start_time + Duration{ms}) +
           R"(","County":)" + json_string(key) + "}";
}
inline std::string lines_of(const std::string& run, std::size_t count) {
    std::string body;
    for (std::size_t i = 1; i <= count; ++i)
        body += line_of(run + "-" + std::to_string(i)) + "\n";
    return body;
}

// A service on the loopback, with a folder and a clock of its own, and a client of it.
class RunningService {
  public:
    explicit RunningService(ServiceOptions wanted = {}) : options(std::move(wanted)) {
        options.data_folder = folder_.path() / "data";
        options.http.port = 0;
        if (options.min_free == 256_MiB) options.min_free = Bytes{0};
        start();
    }

    void start() {
        auto started = Service::start(options, clock, [](const Error&) {});
        if (!started) throw std::runtime_error(started.error().message);
        service_ = std::move(*started);
        client_ = connect();
    }
    void stop(Duration deadline = patience) {
        client_.reset();
        service_->drain(deadline);
        service_.reset();
    }
    void restart() {
        stop();
        start();
    }

    [[nodiscard]] http::Url url() const { return {"127.0.0.1", service_->port(), ""}; }
    [[nodiscard]] std::unique_ptr<http::Client> connect() const {
        return std::make_unique<http::Client>(url());
    }
    Service& service() { return *service_; }

    http::Response send(const std::string& method, const std::string& target, std::string_view body = {},
                        const HeaderList& headers = {}) {
        return send_by(*client_, method, target, body, headers);
    }
    http::Response get(const std::string& target) { return send("GET", target); }
    Json get_json(const std::string& target) {
        const http::Response response = get(target);
        EXPECT_EQ(response.status, 200U) << target << ": " << response.body;
        return json_of(response);
    }
    http::Response post(std::string_view body, HeaderList headers = {}, const std::string& query = {},
                        std::string_view type = ndjson_type) {
        return post_by(*client_, body, std::move(headers), query, type);
    }
    http::Response post_by(http::Client& client, std::string_view body, HeaderList headers = {},
                           const std::string& query = {}, std::string_view type = ndjson_type) const {
        if (!type.empty()) headers.emplace_back("Content-Type", std::string(type));
        return send_by(client, "POST", "/v1/events" + query, body, headers);
    }

    // The ledger, which must balance at all times.
    Json ledger() {
        Json ledger = get_json("/v1/ledger");
        EXPECT_EQ(ledger.at("received").get<std::uint64_t>(),
                  ledger.at("stored").get<std::uint64_t>() + ledger.at("duplicates").get<std::uint64_t>() +
                      ledger.at("rejected").get<std::uint64_t>());
        EXPECT_EQ(ledger.at("balances"), true);
        return ledger;
    }

    ServiceOptions options;
    ManualClock clock{start_time};

  private:
    http::Response send_by(http::Client& client, const std::string& method, const std::string& target,
                           std::string_view body, const HeaderList& headers) const {
        http::ClientRequest request;
        request.method = method;
        request.target = target;
        request.body = body;
        if (!options.token.empty() && !without_token(headers))
            request.headers.add("Authorization", "Bearer " + options.token);
        for (const auto& [name, value] : headers)
            if (!value.empty()) request.headers.add(name, value);
        auto response = client.send(request);
        if (!response) throw std::runtime_error(method + " " + target + ": " + response.error().message);
        return std::move(*response);
    }
    // A header Authorization of the test's own, which may be empty: then none is sent.
    static bool without_token(const HeaderList& headers) {
        for (const auto& [name, value] : headers)
            if (name == "Authorization") return true;
        return false;
    }

    TemporaryFolder folder_;
    std::unique_ptr<Service> service_;
    std::unique_ptr<http::Client> client_;
};

// RFC 9457 and docs/http.md: what every problem has.
inline void expect_problem(const http::Response& response, unsigned status, const std::string& type) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.get("Content-Type").value_or(""), "application/problem+json");
    const Json problem = json_of(response);
    ASSERT_TRUE(problem.is_object()) << response.body;
    EXPECT_EQ(problem.value("type", ""), "urn:weir:problem:" + type) << response.body;
    EXPECT_EQ(problem.value("status", 0U), status);
    EXPECT_EQ(problem.value("title", ""), http::reason_phrase(status));
    EXPECT_FALSE(problem.value("detail", "").empty());
}

}  // namespace weir::test
