#pragma once

#include "http/message.h"

namespace weir {

// Whether who sent these headers takes a body in gzip (Accept-Encoding, RFC 9110, 12.5.3). Without the header
// it is not asked for.
bool accepts_gzip(const http::Headers& headers);

}  // namespace weir
