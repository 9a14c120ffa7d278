#include "lambda/partial_answer.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "base/json_string.h"

namespace weir::lambda {

std::size_t PartialAnswer::first() const {
    return static_cast<std::size_t>(std::find(failed_.begin(), failed_.end(), true) - failed_.begin());
}

bool PartialAnswer::is_over() const {
    return event_.source == EventSource::kinesis && first() < failed_.size();
}

std::size_t PartialAnswer::failures() const {
    if (event_.source == EventSource::kinesis) return failed_.size() - first();
    return static_cast<std::size_t>(std::count(failed_.begin(), failed_.end(), true));
}

std::string PartialAnswer::json() const {
    std::string answer = R"({"batchItemFailures":[)";
    std::unordered_set<std::string_view> named;
    for (std::size_t i = first(); i < failed_.size(); ++i) {
        if (!failed_[i] || !named.insert(event_.messages[i].item_id).second) continue;
        answer += named.size() > 1 ? R"(,{"itemIdentifier":)" : R"({"itemIdentifier":)";
        append_json_string(answer, event_.messages[i].item_id);
        answer += '}';
        if (event_.source == EventSource::kinesis) break;
    }
    return answer += "]}";
}

}  // namespace weir::lambda
