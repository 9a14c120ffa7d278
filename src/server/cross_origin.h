#pragma once

#include "http/message.h"

namespace weir {

// Whether a browser sends this request for a page of another origin, which could change what the reader of
// that page may change (cross-site request forgery): Sec-Fetch-Site says so, or, where the browser sends none
// (plain http:// but for the loopback), Origin names another host and port than Host (W3C Fetch Metadata;
// WHATWG Fetch, 3.2). What is no browser sends neither.
bool is_cross_origin(const http::RequestHead& head);

}  // namespace weir
