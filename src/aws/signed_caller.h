#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#include "aws/call.h"
#include "aws/credential_cache.h"
#include "aws/endpoint.h"
#include "aws/http_sender.h"
#include "aws/random.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "base/clock.h"

namespace weir::aws {

struct CallerSettings {
    EndpointSettings endpoints;
    Environment environment;
    SendLimits limits{};
    std::uint32_t max_attempts = 3;
};

// The Caller of a session, over what it needs from outside: network, credentials, time and chance.
class SignedCaller final : public Caller {
  public:
    SignedCaller(CallerSettings settings, std::shared_ptr<HttpSender> sender,
                 std::unique_ptr<CredentialCache> credentials, Clock& clock, RandomSource random);

    Result<Answer> call(const Service& service, Request request) override;
    void cancel() override;
    [[nodiscard]] const std::string& region() const override { return settings_.endpoints.region; }

  private:
    struct Attempt;
    class Running;

    Result<http::Response> send(const Service& service, const Request& request, const http::Url& url,
                                const Credentials& credentials, Timestamp signed_at);
    Result<http::Url> endpoint(const Service& service);
    bool wait(Duration duration);  // false: cancelled
    [[nodiscard]] Timestamp now() const { return clock_.now() + Duration{clock_offset_ms_.load()}; }

    const CallerSettings settings_;
    const std::shared_ptr<HttpSender> sender_;
    const std::unique_ptr<CredentialCache> credentials_;
    Clock& clock_;
    const RandomSource random_;
    RetryBudget budget_;
    SigningKeys keys_;
    std::mutex endpoints_mutex_;
    std::map<std::string_view, http::Url> endpoints_;  // of the services asked so far
    std::atomic<std::int64_t> clock_offset_ms_{0};     // of AWS's clock from this machine's
    std::atomic<bool> cancelled_{false};
};

}  // namespace weir::aws
