// The description of the interface, against the interface: what it says is served, what is served it says,
// and its examples are what a server answers.
#include <set>

#include "openapi_description.h"
#include "pipeline/aggregator.h"
#include "pipeline/ingestor.h"
#include "running_service.h"
#include "server/api.h"
#include "server/openapi_files.h"
#include "store/rocks_store.h"

namespace weir::test {
namespace {

// "GET /v1/series from key* to": a name that may repeat ends in '*', as in Route::parameters.
std::string line_of_operation(const std::string& method, const std::string& path,
                              const std::set<std::string>& query) {
    std::string line = method + " " + path;
    for (const std::string& name : query)
        line += " " + name;
    return line;
}

std::set<std::string> described() {
    std::set<std::string> lines;
    for (const Operation& operation : operations()) {
        std::set<std::string> query;
        for (const OrderedJson& parameter : parameters_of(operation))
            if (parameter.at("in") == "query")
                query.insert(
                    parameter.at("name").get<std::string>() +
                    (resolved(parameter.at("schema")).value("type", OrderedJson()) == "array" ? "*" : ""));
        lines.insert(line_of_operation(operation.method, operation.path, query));
    }
    return lines;
}

std::set<std::string> served() {
    const TemporaryFolder folder;
    ManualClock clock{start_time};
    ServiceOptions options;
    RocksOptions rocks;
    rocks.folder = folder.path() / "data";
    rocks.identity = {options.group_by, view_name(options.group_by, options.window), options.window};
    const auto store = open_rocks_store(rocks, clock);
    if (!store) throw std::runtime_error(store.error().message);
    Aggregator aggregator(**store, clock, {});
    Ingestor ingestor(**store, options.ingestor, [](const Error&) {});
    const Health health;
    std::set<std::string> lines;
    const Api api(Backend{**store, ingestor, aggregator, clock, options, health, start_time});
    for (const Route& route : api.routes())
        lines.insert(
            line_of_operation(route.method, route.path, {route.parameters.begin(), route.parameters.end()}));
    return lines;
}

TEST(OpenApi, describes_every_route_and_parameter_and_no_other) {
    EXPECT_EQ(described(), served());
}

TEST(OpenApi, is_served_as_it_is_and_wants_no_token) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    const auto first = world.send("GET", "/openapi.json", {}, {{"Authorization", ""}});
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.body, openapi_files().front().bytes);
    EXPECT_EQ(first.headers.get("Content-Type").value_or(""), "application/json");
    EXPECT_EQ(first.headers.get("Cache-Control").value_or(""), "no-cache");
    const std::string tag(first.headers.get("ETag").value_or(""));
    const auto again = world.send("GET", "/openapi.json", {}, {{"If-None-Match", tag}});
    EXPECT_EQ(again.status, 304U);
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(description().at("info").at("version"), world.get_json("/v1/status").at("version"));
    expect_problem(world.get("/openapi.json?pretty=1"), 400, "invalid-request");
}

// Operations wear `security: []` exactly where no token is asked for.
TEST(OpenApi, says_where_a_token_is_wanted) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    for (const Operation& operation : operations()) {
        const std::string path = operation.path.substr(0, operation.path.find('{')) + "1";
        const bool is_plain = operation.path.find('{') == std::string::npos;
        const auto response =
            world.send(operation.method, is_plain ? operation.path : path, {}, {{"Authorization", ""}});
        EXPECT_EQ(response.status != 401, operation.json->contains("security")) << operation.path;
        EXPECT_EQ(operation.json->at("responses").contains("401"), response.status == 401) << operation.path;
    }
}

}  // namespace
}  // namespace weir::test
