#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace weir {

// An answer with a body of this media type and the headers that every answer of weir carries: what is
// answered is the state of a moment, so that nobody may keep it, and is never to be taken for another media
// type than it says.
http::Response answer(unsigned status, std::string_view media_type, std::string body);

http::Response json_answer(unsigned status, std::string body);
http::Response text_answer(unsigned status, std::string body);

}  // namespace weir
