#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "server/query.h"

namespace weir {

// One request as a handler sees it.
struct Call {
    const http::Request& request;
    std::string_view argument;  // what stands for {…} in the route's path, decoded

    [[nodiscard]] Query query() const { return Query(request.head.query); }
};

// Answers one request; an Error becomes a problem. Throws nothing that it can help: what it throws is
// answered 500.
using Handler = std::function<Result<http::Response>(const Call&)>;

// Where a handler runs: on the I/O thread (must not block), or on a worker, since it reads the store.
enum class Where { here, worker };

struct Route {
    std::string method;  // "GET" takes HEAD too
    std::string
        path;  // "/v1/rows/{window_end}": only the last part may be an argument, and takes all of the rest
    std::vector<std::string_view> parameters;  // known in the query
    Where where = Where::worker;
    Handler handler;  // empty for the ingest route alone, whose answer comes later
};

// Finds the route of a request. Filled once, then read by all threads.
class Router {
  public:
    void add(Route route) { routes_.push_back(std::move(route)); }

    struct Match {
        std::size_t route = 0;
        std::string_view argument;  // into the path given
    };
    // The route for a path and method; routes added earlier go before later ones.
    [[nodiscard]] std::optional<Match> find(std::string_view method, std::string_view path) const;
    // The methods that a path has: "GET, HEAD"; empty when there is no such path.
    [[nodiscard]] std::string allowed(std::string_view path) const;

    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  private:
    std::vector<Route> routes_;
};

}  // namespace weir
