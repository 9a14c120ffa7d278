#pragma once

#include <string_view>

#include "http/framing_guard.h"

namespace weir::http {

// Parse a whole head, from its first byte to the blank line, which HeadScanner has found. Boost.Beast reads
// the lines and refuses what is malformed; the result is not judged yet: give it to guard_request or
// guard_answer. Throw nothing.
Guarded<ParsedHead> parse_request_head(std::string_view bytes);
Guarded<ParsedHead> parse_answer_head(std::string_view bytes);

}  // namespace weir::http
