#pragma once

#include <atomic>
#include <memory>

#include "aws/call.h"
#include "base/clock.h"

namespace weir::lambda {

// A Caller that begins no call when less than a margin is left before a deadline: ErrorCode::interrupted,
// "deadline-near". So whatever a store is doing for an invocation, with however many calls and retries, it
// fails in time to be answered for, and what was not written comes again. A call that runs is not ended: the
// margin is for its own retries.
class DeadlineCaller final : public aws::Caller {
  public:
    // `clock` outlives the caller.
    DeadlineCaller(std::unique_ptr<aws::Caller> caller, const Clock& clock, Duration margin)
        : caller_(std::move(caller)), clock_(clock), margin_(margin) {}

    // Of all later calls.
    void set_deadline(Timestamp deadline) { deadline_ = deadline; }

    Result<aws::Answer> call(const aws::Service& service, aws::Request request) override;
    void cancel() override { caller_->cancel(); }
    [[nodiscard]] const std::string& region() const override { return caller_->region(); }

  private:
    const std::unique_ptr<aws::Caller> caller_;
    const Clock& clock_;
    const Duration margin_;
    std::atomic<Timestamp> deadline_{max_timestamp};
};

}  // namespace weir::lambda
