#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace weir::aws {

// An IMF-fixdate, `Tue, 24 Nov 2026 00:15:53 GMT` (RFC 9110, section 5.6.7); nothing for any other text.
std::optional<Timestamp> read_http_date(std::string_view text);

}  // namespace weir::aws
