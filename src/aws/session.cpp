#include "aws/session.h"

#include <cstdlib>

namespace weir::aws {

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());
        if (value == nullptr || *value == '\0') return std::nullopt;
        return std::string{value};
    };
}

Result<std::unique_ptr<Caller>> open_session(SessionOptions, Environment, Clock&) {
    return fail(ErrorCode::unsupported, "not-built", "under construction");
}

}  // namespace weir::aws
