#include "server/verification_routes.h"

#include <nlohmann/json.hpp>

#include "server/answer.h"

namespace weir {
namespace {

Result<http::Response> start(Verification& verification, const Call& call) {
    if (const std::string& body = call.request.body; !body.empty())
        if (const auto json = nlohmann::json::parse(body, nullptr, false); !json.is_object() || !json.empty())
            return fail(ErrorCode::invalid, "body-invalid", "a verification takes no settings",
                        "send no body, or {}");
    auto state = verification.start();
    if (!state) return fail(std::move(state).error());
    http::Response response = json_answer(202, std::move(*state));
    response.headers.add("Location", "/v1/verifications/latest");
    return response;
}

}  // namespace

void add_verification_routes(Router& router, Verification& verification) {
    router.add({"GET", "/v1/verifications/latest", {}, Where::here, [&verification](const Call&) {
                    return json_answer(200, verification.state());
                }});
    router.add({"POST", "/v1/verifications", {}, Where::here, [&verification](const Call& call) {
                    return start(verification, call);
                }});
}

}  // namespace weir
