// The examples of the description, sent to a server and held against the answers that stand beside them. An
// example's name ties its request to its answer. They are sent in the order of the description, at the
// moments it speaks of.
#include <algorithm>
#include <array>

#include "openapi_description.h"
#include "running_service.h"

namespace weir::test {
namespace {

// What depends on the machine: an example shows a value of the same type.
constexpr std::array<std::string_view, 2> of_the_machine{"source", "store_bytes"};

OrderedJson comparable(OrderedJson json) {
    if (json.is_object())
        for (auto& [name, value] : json.items())
            value = std::find(of_the_machine.begin(), of_the_machine.end(), name) == of_the_machine.end()
                        ? comparable(value)
                        : OrderedJson(value.type_name());
    if (json.is_array())
        for (OrderedJson& element : json)
            element = comparable(element);
    return json;
}

struct Example {
    std::string name, method, target, body;
    HeaderList headers;
    const OrderedJson* responses = nullptr;
};

std::string text_of(const OrderedJson& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// Puts the values that `parameter` has for this example into the request.
void add(Example& example, const OrderedJson& parameter) {
    const std::string name = parameter.at("name");
    const auto& examples = member(parameter, "examples");
    OrderedJson value;
    if (examples.contains(example.name))
        value = examples.at(example.name).at("value");
    else if (parameter.value("required", false))
        value = parameter.at("example");
    else
        return;
    if (parameter.at("in") == "header") {
        example.headers.emplace_back(name, text_of(value));
        return;
    }
    if (parameter.at("in") == "path") {
        example.target.replace(example.target.find("{" + name + "}"), name.size() + 2,
                               http::percent_encode(text_of(value)));
        return;
    }
    for (const OrderedJson& one : value.is_array() ? value : OrderedJson::array({value}))
        example.target += (example.target.find('?') == std::string::npos ? "?" : "&") + name + "=" +
                          http::percent_encode(text_of(one));
}

Example example_of(const Operation& operation, const std::string& name) {
    Example example{name, operation.method, operation.path, {}, {}, &operation.json->at("responses")};
    for (const OrderedJson& parameter : parameters_of(operation))
        add(example, parameter);
    if (!operation.json->contains("requestBody")) return example;
    for (const auto& [media, content] : operation.json->at("requestBody").at("content").items())
        if (const auto& examples = content.at("examples"); examples.contains(name)) {
            example.body = text_of(examples.at(name).at("value"));
            example.headers.emplace_back("Content-Type", media);
        }
    return example;
}

void collect(std::vector<std::string>& names, const OrderedJson& holder) {
    for (const auto& [name, value] : member(holder, "examples").items())
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<std::string> names_of(const Operation& operation) {
    std::vector<std::string> names;
    if (operation.json->contains("requestBody"))
        for (const auto& [media, content] : operation.json->at("requestBody").at("content").items())
            collect(names, content);
    for (const OrderedJson& parameter : parameters_of(operation))
        collect(names, parameter);
    for (const auto& [status, response] : operation.json->at("responses").items())
        for (const auto& [media, content] : member(resolved(response), "content").items())
            collect(names, content);
    return names;
}

// The status under which the answer of this example stands; empty when it stands nowhere.
std::string documented_status(const Example& example) {
    for (const auto& [status, response] : example.responses->items())
        for (const auto& [media, content] : member(resolved(response), "content").items())
            if (member(content, "examples").contains(example.name)) return status;
    return "";
}

void expect_body(const std::string& media, const OrderedJson& wanted, const std::string& body) {
    if (media.ends_with("json") && media != "application/x-ndjson") {
        const OrderedJson given = OrderedJson::parse(body, nullptr, false);
        EXPECT_EQ(comparable(wanted), comparable(given)) << "the answer is: " << body;
    } else if (wanted.get<std::string>().starts_with("# HELP")) {  // a few of the metrics
        EXPECT_NE(("\n" + body).find("\n" + wanted.get<std::string>()), std::string::npos) << body;
    } else {
        EXPECT_EQ(wanted.get<std::string>(), body);
    }
}

void try_example(RunningService& world, const Example& example) {
    SCOPED_TRACE(example.method + " " + example.target + ", the example " + example.name);
    const auto response = world.send(example.method, example.target, example.body, example.headers);
    const std::string status = std::to_string(response.status), wanted = documented_status(example);
    ASSERT_TRUE(wanted.empty() || status == wanted) << status << ": " << response.body;
    ASSERT_TRUE(example.responses->contains(status)) << status << " is not documented: " << response.body;
    const OrderedJson& documented = resolved(example.responses->at(status));
    for (const auto& [name, header] : member(documented, "headers").items())
        EXPECT_TRUE(!resolved(header).value("required", false) || response.headers.count(name) == 1) << name;
    if (!documented.contains("content")) {
        EXPECT_EQ(response.body, "");
        return;
    }
    std::string media(response.headers.get("Content-Type").value_or(""));
    media = media.substr(0, media.find(';'));
    ASSERT_TRUE(documented.at("content").contains(media)) << media;
    const OrderedJson& examples = member(documented.at("content").at(media), "examples");
    if (examples.contains(example.name))
        expect_body(media, examples.at(example.name).at("value"), response.body);
}

Timestamp time(const char* text) {
    return *parse_rfc3339(text);
}

TEST(OpenApi, examples_are_true) {
    RunningService world;
    world.clock.set(time("2026-11-24T00:15:53Z"));
    for (const Operation& operation : operations()) {
        if (operation.path == "/v1/live") continue;  // a stream without end: tests/openapi reads it
        if (operation.path == "/v1/aggregations") {
            world.clock.set(time("2026-11-24T00:16:40Z"));
            ASSERT_TRUE(eventually([&] {
                return world.get_json("/v1/rows/latest").at("window_end") == "2026-11-24T00:16:00.000Z";
            }));
        }
        const auto names = names_of(operation);
        EXPECT_FALSE(names.empty()) << operation.method << " " << operation.path << " has no example";
        for (const std::string& name : names)
            try_example(world, example_of(operation, name));
    }
}

}  // namespace
}  // namespace weir::test
