#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace weir {

// Whether a request carries the bearer token (RFC 6750, section 2.1). How long it takes does not depend on
// how much of a wrong token is right. An empty token lets everybody in.
bool is_authorized(const http::RequestHead& head, std::string_view token);

// Whether `given` is the token, for schemes of other clients; as careful about time.
bool is_token(std::string_view given, std::string_view token);

}  // namespace weir
