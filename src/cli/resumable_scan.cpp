#include "cli/resumable_scan.h"

#include <algorithm>

namespace weir::cli {
namespace {

constexpr Duration first_wait{200};
constexpr Duration longest_wait{5'000};

bool worth_a_retry(const Error& error) {
    return error.code == ErrorCode::unreachable || error.code == ErrorCode::unavailable ||
           error.code == ErrorCode::overloaded;
}

// One scan, taken up again until it is done.
class ResumableScan {
  public:
    ResumableScan(StoreReader& store, ScanRequest request, const ResumeOptions& options, Clock& clock,
                  const std::function<Result<void>(const EventView&)>& visitor)
        : store_(store),
          request_(std::move(request)),
          options_(options),
          clock_(clock),
          visitor_(visitor),
          last_event_(clock.steady_now()) {}

    Result<ScanEnd> run() {
        if (!request_.as_of) {
            // A scan that stops at once tells the position that all parts are read as of.
            const Result<ScanEnd> begin = retried(
                [this] { return store_.scan(request_, [](const EventView&) { return Visit::stop; }); });
            if (!begin || !begin->next) return begin;
            request_.as_of = begin->as_of;
        }
        for (;;) {
            const Result<ScanEnd> part = retried([this] { return scan_part(); });
            if (!failure_) return fail(failure_.error());
            if (!part || !part->next) return part;
            request_.after = part->next;
            seen_ = 0;
        }
    }

  private:
    // From the last cursor, past the events of this part that were seen before the connection was lost: the
    // order is fixed.
    Result<ScanEnd> scan_part() {
        std::size_t passed = 0;
        return store_.scan(request_, [&](const EventView& event) {
            if (passed == options_.events_a_part) return Visit::stop;
            if (++passed <= seen_) return Visit::next;
            seen_ = passed;
            last_event_ = clock_.steady_now();
            wait_ = first_wait;
            failure_ = visitor_(event);
            return failure_ ? Visit::next : Visit::stop;
        });
    }

    template <typename Call>
    Result<ScanEnd> retried(Call call) {
        for (;;) {
            Result<ScanEnd> end = call();
            answered_ = answered_ || end.has_value() || seen_ > 0;
            if (end || !failure_ || !worth_a_retry(end.error())) return end;
            if (!answered_ && end.error().reason == "connect-failed") return end;  // it was never there
            if (clock_.steady_now() + wait_ > last_event_ + options_.retry_for) return end;
            if (options_.on_retry) options_.on_retry(end.error());
            clock_.sleep_until(clock_.steady_now() + wait_);
            wait_ = std::min(2 * wait_, longest_wait);
        }
    }

    StoreReader& store_;
    ScanRequest request_;
    const ResumeOptions& options_;
    Clock& clock_;
    const std::function<Result<void>(const EventView&)>& visitor_;
    SteadyTime last_event_;
    Duration wait_ = first_wait;
    std::size_t seen_ = 0;   // events since request_.after
    bool answered_ = false;  // the store has answered once
    Result<void> failure_;   // the visitor's
};

}  // namespace

Result<ScanEnd> resumable_scan(StoreReader& store, ScanRequest request, const ResumeOptions& options,
                               Clock& clock, const std::function<Result<void>(const EventView&)>& visitor) {
    return ResumableScan(store, std::move(request), options, clock, visitor).run();
}

}  // namespace weir::cli
