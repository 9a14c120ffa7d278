#include "server/router.h"

namespace weir {
namespace {

// The argument of a path that fits the pattern (empty where it has none).
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) {
    const std::size_t brace = pattern.find('{');
    if (brace == std::string_view::npos)
        return path == pattern ? std::optional(std::string_view{}) : std::nullopt;
    if (path.size() <= brace || path.substr(0, brace) != pattern.substr(0, brace)) return std::nullopt;
    return path.substr(brace);
}

bool takes(std::string_view route_method, std::string_view method) {
    return method == route_method || (method == "HEAD" && route_method == "GET");
}

}  // namespace

std::optional<Router::Match> Router::find(std::string_view method, std::string_view path) const {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (!takes(routes_[i].method, method)) continue;
        if (const auto argument = fit(routes_[i].path, path)) return Match{i, *argument};
    }
    return std::nullopt;
}

std::string Router::allowed(std::string_view path) const {
    std::string methods;
    for (const Route& route : routes_) {
        if (!fit(route.path, path) || methods.find(route.method) != std::string::npos) continue;
        methods += (methods.empty() ? "" : ", ") + route.method;
        if (route.method == "GET") methods += ", HEAD";
    }
    return methods;
}

}  // namespace weir
