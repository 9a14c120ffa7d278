#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "store/remote_store.h"
#include "store/store.h"

namespace weir {

// Reads the answers of a server that no other module reads. What is not such an answer is ErrorCode::refused,
// "answer-invalid": something answered, but it was no weir, or one of another version.
Result<RemoteStatus> remote_status_from_json(std::string_view text);
Result<std::vector<PaneCount>> panes_from_json(std::string_view text);
Result<WindowCounts> window_counts_from_json(std::string_view text);

// The Error that stands for an answer other than 2xx: 401 is ErrorCode::unauthorized, 404 ::not_found, 429
// and 5xx ::unreachable, any other ::refused; with the detail and hint of the problem where the body is one.
Error error_of(const http::Response& response);

// Whether it is weir that says that there is no such thing (and not somebody who does not know the path).
bool is_not_found(const http::Response& response);

tl::unexpected<Error> answer_invalid(std::string message);

}  // namespace weir
