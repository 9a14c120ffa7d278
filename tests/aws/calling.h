#pragma once

#include <gtest/gtest.h>

#include "aws/scripted_sender.h"
#include "aws/signed_caller.h"
#include "support/manual_clock.h"

namespace weir::aws::test {

// Credentials that a test gives; each load takes the next, the last again and again.
class ListedCredentials final : public CredentialSource {
  public:
    explicit ListedCredentials(std::vector<Credentials> list) : list_(std::move(list)) {}
    Result<std::optional<Credentials>> load() override {
        const Credentials next = list_[std::min(loads, list_.size() - 1)];
        ++loads;
        return std::optional{next};
    }
    std::string looked_at() const override { return "the test"; }
    std::size_t loads = 0;

  private:
    std::vector<Credentials> list_;
};

inline Environment no_environment() {
    return [](const std::string&) { return std::optional<std::string>{}; };
}

constexpr Service test_service{"dynamodb", "dynamodb", "DYNAMODB", "DynamoDB_20120810",
                               "application/x-amz-json-1.0"};

// A caller in simulated time over a scripted network; the jitter is the longest unless a test says otherwise.
struct Calling {
    explicit Calling(std::uint32_t max_attempts = 3,
                     std::vector<Credentials> credentials = {{"AK", "SK", "", {}, "the test"}})
        : start(clock.now()) {
        auto listed = std::make_unique<ListedCredentials>(std::move(credentials));
        source = listed.get();
        std::vector<std::unique_ptr<CredentialSource>> sources;
        sources.push_back(std::move(listed));
        caller = std::make_unique<SignedCaller>(
            CallerSettings{{"eu-central-1", {}, {}}, no_environment(), {}, max_attempts}, sender,
            std::make_unique<CredentialCache>(std::move(sources), clock), clock, [this] { return random; });
    }

    Result<Answer> call(std::vector<std::string> expected_errors = {}) {
        Request request;
        request.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                           {"X-Amz-Target", "DynamoDB_20120810.PutItem"}};
        request.body = "{}";
        request.expected_errors = std::move(expected_errors);
        return caller->call(test_service, std::move(request));
    }
    [[nodiscard]] Duration waited() const { return clock.now() - start; }

    weir::test::ManualClock clock{*parse_rfc3339("2026-11-24T00:00:00Z")};
    Timestamp start;
    std::shared_ptr<ScriptedSender> sender = std::make_shared<ScriptedSender>();
    double random = 1.0;
    ListedCredentials* source = nullptr;
    std::unique_ptr<SignedCaller> caller;
};

inline std::string error_body(const std::string& code, const std::string& message = "why") {
    return R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + code + R"(","message":")" + message + "\"}";
}

}  // namespace weir::aws::test
