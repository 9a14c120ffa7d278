#include "lambda/aggregate_handler.h"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "codec/json_rows.h"
#include "codec/text_excerpt.h"

namespace weir::lambda {
namespace {

constexpr std::string_view placeholder = "<aws.";

tl::unexpected<Error> unknown(std::string problem) {
    return fail(ErrorCode::invalid, "event-unknown",
                "the event is none of the aggregate function's: " + std::move(problem),
                R"(send {"scheduled_time":"…"} or {"test_run_id":"…","at":"…"})");
}

Result<std::optional<std::string>> text(const nlohmann::json& event, const char* name) {
    const auto member = event.find(name);
    if (member == event.end()) return std::optional<std::string>{};
    if (!member->is_string()) return unknown(fmt::format("{} is no string", name));
    return std::optional(member->get<std::string>());
}

}  // namespace

Result<std::string> AggregateHandler::handle(Invocation invocation) {
    const auto event = nlohmann::json::parse(invocation.payload, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object()) return unknown("it is no JSON object");
    auto scheduled = text(event, "scheduled_time"), run_id = text(event, "test_run_id"),
         at = text(event, "at");
    for (const auto* member : {&scheduled, &run_id, &at})
        if (!*member) return fail(member->error());
    if (*run_id && *scheduled) return unknown("it has both a scheduled_time and a test_run_id");
    if (!*run_id) {
        if (*at) return unknown("it has an `at` without a test_run_id");
        return tick(scheduled->value_or(""), invocation.deadline);
    }
    std::optional<Timestamp> end;
    if (*at) {
        auto parsed = parse_rfc3339(**at);
        if (!parsed) return fail(std::move(parsed).error());
        end = *parsed;
    }
    auto row = aggregator_.aggregate(**run_id, end);
    if (!row) return fail(std::move(row).error());
    log(LogLevel::info, "row of a run written",
        {{"run_id", row->run_id},
         {"updated", format_rfc3339(row->window_end)},
         {"total", std::to_string(row->total)}});
    return to_json(*row);
}

Result<std::string> AggregateHandler::tick(const std::string& scheduled_time, Timestamp deadline) {
    constexpr std::string_view hint =
        R"(let the schedule's input be {"scheduled_time":"<aws.scheduler.scheduled-time>"}, which EventBridge Scheduler fills in)";
    if (scheduled_time.empty())
        return fail(ErrorCode::invalid, "scheduled-time-missing", "the event says no scheduled_time",
                    std::string(hint));
    if (scheduled_time.starts_with(placeholder))
        return fail(
            ErrorCode::invalid, "scheduled-time-unsubstituted",
            fmt::format("the scheduled_time is still {}: whatever invoked the function does not fill it in",
                        excerpt(scheduled_time)),
            std::string(hint));
    const auto time = parse_rfc3339(scheduled_time);
    if (!time)
        return fail(ErrorCode::invalid, "scheduled-time-invalid",
                    "the scheduled_time cannot be read: " + time.error().message, std::string(hint));
    if (const Timestamp now = clock_.now(); *time > now + max_ahead_)
        return fail(
            ErrorCode::invalid, "scheduled-time-in-future",
            fmt::format("the scheduled_time is {}, and it is {}", format_rfc3339(*time), format_rfc3339(now)),
            "a row is written after its window is over: invoke with a time that has passed");
    const auto done = aggregator_.tick_until(*time, deadline);
    if (!done) return fail(done.error());
    log(LogLevel::info, "rows written",
        {{"scheduled_time", format_rfc3339(*time)}, {"rows", std::to_string(done->rows)}});
    if (done->windows_left > 0)
        log(LogLevel::warning, "windows left for the next run",
            {{"scheduled_time", format_rfc3339(*time)}, {"windows", std::to_string(done->windows_left)}});
    return fmt::format(R"({{"scheduled_time":"{}","rows":{}}})", format_rfc3339(*time), done->rows);
}

}  // namespace weir::lambda
