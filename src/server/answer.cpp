#include "server/answer.h"

#include <utility>

namespace weir {

http::Response answer(unsigned status, std::string_view media_type, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", std::string(media_type));
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.body = std::move(body);
    return response;
}

http::Response json_answer(unsigned status, std::string body) {
    return answer(status, "application/json", std::move(body));
}

http::Response text_answer(unsigned status, std::string body) {
    return answer(status, "text/plain; charset=utf-8", std::move(body));
}

}  // namespace weir
