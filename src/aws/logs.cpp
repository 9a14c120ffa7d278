#include "aws/logs.h"

#include <utility>

#include <fmt/format.h>

#include "aws/json_call.h"
#include "aws/services.h"

namespace weir::aws {

Result<std::vector<std::string>> log_lines(Caller& caller, const std::string& group, TimeRange range,
                                           std::size_t most) {
    std::vector<std::string> lines;
    nlohmann::json request{
        {"logGroupName", group}, {"startTime", to_ms(range.start)}, {"endTime", to_ms(range.end)}};
    for (;;) {
        const auto answer = call_json(caller, logs_service, "FilterLogEvents", request);
        if (!answer) return fail(answer.error());
        for (const nlohmann::json& event : array_member(answer->body, "events")) {
            if (lines.size() == most)
                return fail(ErrorCode::too_large, "log-too-long",
                            fmt::format("the log group {} has more than {} lines in that time", group, most),
                            "ask for a shorter time");
            lines.push_back(text_member(event, "message"));
        }
        std::string next = text_member(answer->body, "nextToken");
        if (next.empty()) return lines;
        request["nextToken"] = std::move(next);
    }
}

}  // namespace weir::aws
