#include "server/live_routes.h"

#include "server/answer.h"

namespace weir {
namespace {

Result<http::Response> live(LiveFeed& feed, const Call& call) {
    const auto top = call.query().number("top", 1, LiveFeed::max_keys);
    if (!top) return fail(top.error());
    http::Response response = answer(200, "text/event-stream", {});
    response.headers.add("X-Accel-Buffering", "no");  // nginx would hold the events back
    if (call.request.head.method == "HEAD") {
        response.stream = [] { return http::BodyPiece{}; };
        return response;
    }
    auto stream = feed.listen(top->value_or(LiveFeed::max_keys));
    if (!stream) return fail(std::move(stream).error());
    response.stream = std::move(*stream);
    return response;
}

}  // namespace

void add_live_routes(Router& router, LiveFeed& feed) {
    router.add(
        {"GET", "/v1/live", {"top"}, Where::here, [&feed](const Call& call) { return live(feed, call); }});
}

}  // namespace weir
