#include "aws/signed_caller.h"

#include <cmath>

#include <fmt/format.h>

#include "aws/call_outcome.h"
#include "aws/error_text.h"
#include "aws/sigv4.h"

namespace weir::aws {
namespace {

using namespace std::chrono_literals;

constexpr Duration nap = 100ms;                // how long a cancel may wait for a call that waits
constexpr Duration smallest_correction = 30s;  // AWS tolerates five minutes

tl::unexpected<Error> cancelled_error() {
    return fail(ErrorCode::interrupted, "cancelled", "the request was cancelled");
}

bool is_s3(const Service& service) {
    return service.name == "s3";
}

void note_clock(Error& error, Duration off) {
    error.message += fmt::format("; the clock of this machine is {} s {} AWS's", std::abs(off.count()) / 1000,
                                 off.count() > 0 ? "behind" : "ahead of");
    error.hint = "set this machine's clock (see `timedatectl`)";
}

}  // namespace

SignedCaller::SignedCaller(CallerSettings settings, std::shared_ptr<HttpSender> sender,
                           std::unique_ptr<CredentialCache> credentials, Clock& clock, RandomSource random)
    : settings_(std::move(settings)),
      sender_(std::move(sender)),
      credentials_(std::move(credentials)),
      clock_(clock),
      random_(std::move(random)) {}

void SignedCaller::cancel() {
    cancelled_ = true;
    sender_->cancel();
}

Result<http::Url> SignedCaller::endpoint(const Service& service) {
    const std::lock_guard lock{endpoints_mutex_};
    if (const auto known = endpoints_.find(service.name); known != endpoints_.end()) return known->second;
    auto url = endpoint_of(service, settings_.endpoints, settings_.environment);
    if (url) endpoints_.emplace(service.name, *url);
    return url;
}

bool SignedCaller::wait(Duration duration) {
    const SteadyTime end = clock_.steady_now() + duration;
    for (SteadyTime time = clock_.steady_now(); time < end && !cancelled_; time = clock_.steady_now())
        clock_.sleep_until(std::min<SteadyTime>(end, time + nap));
    return !cancelled_;
}

Result<http::Response> SignedCaller::send(const Service& service, const Request& request,
                                          const http::Url& url, const Credentials& credentials,
                                          Timestamp signed_at) {
    SigningRequest signing;
    signing.method = request.method;
    signing.path = url.prefix + encode_path(request.path);
    signing.query = request.query;
    signing.headers = request.headers;
    signing.headers.emplace_back("Host", http::authority(url));
    signing.payload_hash = payload_hash(request.body);
    const PathStyle style = is_s3(service) ? PathStyle::s3 : PathStyle::normalized;
    sign(signing, {settings_.endpoints.region, std::string{service.name}, signed_at, style}, credentials,
         keys_);

    http::ClientRequest sent;
    sent.method = request.method;
    sent.target = signing.path.substr(url.prefix.size());
    if (!request.query.empty()) sent.target += "?" + encode_query(request.query);
    for (auto& [name, value] : signing.headers)
        if (name != "Host") sent.headers.add(std::move(name), std::move(value));
    sent.body = request.body;
    SendLimits limits = settings_.limits;
    if (request.timeout > Duration{0}) limits.timeout = request.timeout;
    return sender_->send(url, sent, limits);
}

// One call: what it has spent and tried so far.
class SignedCaller::Running {
  public:
    Running(SignedCaller& caller, const Service& service, const Request& request)
        : caller_(caller), service_(service), request_(request) {}

    Result<Answer> run() {
        const auto url = caller_.endpoint(service_);
        if (!url) return fail(url.error());
        for (;;) {
            if (caller_.cancelled_) return cancelled_error();
            auto credentials = caller_.credentials_->get();
            if (!credentials) return fail(std::move(credentials).error());
            const Timestamp signed_at = caller_.now();
            CallOutcome outcome =
                judge(request_, caller_.send(service_, request_, *url, *credentials, signed_at));
            if (outcome.succeeded) return succeed(std::move(outcome));
            if (caller_.cancelled_) return cancelled_error();
            if (renews(outcome, *credentials) || corrects_clock(outcome, signed_at)) continue;
            if (!may_retry(outcome)) return fail(failure(outcome, *credentials));
            const Duration delay =
                retry_delay(outcome.retry, attempts_, caller_.random_(), outcome.retry_wish);
            if (!caller_.wait(delay)) return cancelled_error();
            ++attempts_;
        }
    }

  private:
    Result<Answer> succeed(CallOutcome outcome) {
        caller_.budget_.refund(paid_ > 0 ? paid_ : 1);
        outcome.answer.attempts = attempts_;
        return std::move(outcome.answer);
    }

    bool renews(const CallOutcome& outcome, const Credentials& credentials) {
        if (renewed_ || !outcome.service_error || !is_expired_token(*outcome.service_error)) return false;
        caller_.credentials_->expire(credentials);
        return renewed_ = true;
    }

    // The answer's Date tells how AWS's clock goes.
    bool corrects_clock(const CallOutcome& outcome, Timestamp signed_at) {
        if (!outcome.service_error || !may_be_clock_skew(*outcome.service_error) || !outcome.server_time)
            return false;
        const Duration error = *outcome.server_time - signed_at;
        if (std::chrono::abs(error) < smallest_correction) return false;
        clock_off_ = *outcome.server_time - caller_.clock_.now();
        if (corrected_) return false;
        caller_.clock_offset_ms_ = clock_off_->count();
        return corrected_ = true;
    }

    bool may_retry(const CallOutcome& outcome) {
        if (outcome.retry == RetryKind::none || attempts_ >= caller_.settings_.max_attempts) return false;
        const std::uint32_t cost = RetryBudget::cost(outcome.retry);
        if (!caller_.budget_.take(cost)) {
            budget_is_spent_ = true;
            return false;
        }
        paid_ = cost;
        return true;
    }

    Error failure(const CallOutcome& outcome, const Credentials& credentials) const {
        const CallContext context{service_.name, operation_of(service_, request_), caller_.region(),
                                  credentials.source, attempts_};
        Error error = outcome.service_error
                          ? error_of(context, *outcome.service_error, outcome.answer.request_id)
                          : error_of(context, *outcome.connection_error);
        if (budget_is_spent_) error.message += "; it was not tried again, since too many calls fail";
        if (clock_off_) note_clock(error, *clock_off_);
        return error;
    }

    SignedCaller& caller_;
    const Service& service_;
    const Request& request_;
    std::uint32_t attempts_ = 1;
    std::uint32_t paid_ = 0;  // for the last retry
    bool renewed_ = false;
    bool corrected_ = false;
    bool budget_is_spent_ = false;
    std::optional<Duration> clock_off_;
};

Result<Answer> SignedCaller::call(const Service& service, Request request) {
    return Running{*this, service, request}.run();
}

}  // namespace weir::aws
