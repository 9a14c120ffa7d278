#include "server/verification.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "server/stoppable_reader.h"

namespace weir {
namespace {

// A row lies in the range only with its whole window: so a slide more than one window has at least one.
TimeRange newest_range(const WindowSpec& window, Timestamp now) {
    const Timestamp end = align_down(now, window.pane) + window.pane;
    return {align_down(end - window.size - window.slide, window.pane), end};
}

std::string time_json(std::optional<Timestamp> time) {
    return time ? fmt::format("\"{}\"", format_rfc3339(*time)) : std::string("null");
}

std::string json_of(const AuditDifference& difference) {
    return fmt::format(R"({{"what":"{}","at":"{}","key":{},"raw":{},"stored":{},"note":{}}})",
                       difference.what, format_rfc3339(difference.at), json_string(difference.key),
                       difference.raw, difference.stored, json_string(difference.note));
}

}  // namespace

Verification::Verification(const Backend& backend) : backend_(backend), worker_(1, 1) {}

Result<std::string> Verification::start() {
    const std::scoped_lock lock(mutex_);
    if (!running_since_) {
        const Timestamp now = backend_.clock.now();
        if (!worker_.submit([this, now] { run(now); }))
            return fail(ErrorCode::unavailable, "draining", "the server is shutting down");
        running_since_ = now;
    }
    return state_locked();
}

std::string Verification::state() const {
    const std::scoped_lock lock(mutex_);
    return state_locked();
}

void Verification::stop() {
    stopping_ = true;
    worker_.stop();
}

// What would take the memory or the minutes of a server that takes events meanwhile.
Result<void> Verification::check_size(TimeRange range) const {
    const auto top = backend_.store.top_counts(range, TopRequest{1, {}});
    if (!top) return fail(top.error());
    const auto panes = static_cast<std::uint64_t>((range.end - range.start) / backend_.options.window.pane);
    const std::uint64_t counts = std::min(top->total, top->keys * panes);
    if (top->total > max_events || counts > max_counts)
        return fail(
            ErrorCode::too_large, "too-many-events",
            fmt::format("there are {} events of {} keys, more than a server recounts beside its work; "
                        "weir audit does",
                        with_commas(top->total), with_commas(top->keys)));
    return {};
}

void Verification::run(Timestamp started_at) {
    const WindowSpec& window = backend_.options.window;
    Outcome outcome;
    outcome.started_at = started_at;
    outcome.range = newest_range(window, started_at);
    try {
        StoppableReader reader(backend_.store, stopping_);
        Result<AuditReport> report = [&]() -> Result<AuditReport> {
            if (auto fits = check_size(outcome.range); !fits) return fail(std::move(fits).error());
            return audit(reader, window, outcome.range, {}, started_at - backend_.options.events.retention);
        }();
        if (report) {
            outcome.range = report->range;
            outcome.report = std::move(*report);
        } else {
            outcome.fault = report.error().message;
        }
    } catch (const std::exception& thrown) {
        outcome.fault = thrown.what();
    }
    outcome.finished_at = backend_.clock.now();
    const std::scoped_lock lock(mutex_);
    last_ = std::move(outcome);
    running_since_.reset();
}

// A recount of nothing proves nothing, and does not pass.
std::string Verification::result_of(const Outcome& outcome) {
    if (!outcome.report) return "failed";
    if (!outcome.report->passed()) return "differs";
    return outcome.report->events == 0 ? "empty" : "passed";
}

std::string Verification::json_of(const Outcome& outcome) {
    const AuditReport report = outcome.report.value_or(AuditReport{});
    std::string json = fmt::format(
        R"({{"result":"{}","started_at":"{}","finished_at":"{}","from":"{}","to":"{}","events":{},"panes":{},)"
        R"("rows":{},"ledger_balances":{},"differences":{},"first":[)",
        result_of(outcome), format_rfc3339(outcome.started_at), format_rfc3339(outcome.finished_at),
        format_rfc3339(outcome.range.start), format_rfc3339(outcome.range.end), report.events, report.panes,
        report.rows, outcome.report ? (report.ledger.balances() ? "true" : "false") : "null",
        report.differences);
    for (const AuditDifference& difference : report.first) {
        if (json.back() != '[') json += ',';
        json += weir::json_of(difference);
    }
    json +=
        fmt::format(R"(],"fault":{}}})", outcome.report ? std::string("null") : json_string(outcome.fault));
    return json;
}

std::string Verification::state_locked() const {
    return fmt::format(R"({{"running_since":{},"last":{}}})", time_json(running_since_),
                       last_ ? json_of(*last_) : std::string("null"));
}

}  // namespace weir
