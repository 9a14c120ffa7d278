#include "server/counts_routes.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_string.h"
#include "codec/json_rows.h"
#include "codec/row_csv.h"
#include "server/answer.h"
#include "server/rows_routes.h"

namespace weir {
namespace {

tl::unexpected<Error> bad_body(std::string message) {
    return fail(ErrorCode::invalid, "body-invalid", std::move(message),
                R"(send {"run_id":"…"} or {"run_id":"…","at":"2026-11-24T00:15:00Z"})");
}

struct Trigger {
    std::string run_id;
    std::optional<Timestamp> at;
};

Result<Trigger> read_trigger(const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return bad_body("the body is no JSON object");
    Trigger trigger;
    for (const auto& [name, value] : json.items()) {
        if (name == "run_id" && value.is_string()) {
            trigger.run_id = value.get<std::string>();
        } else if (name == "at" && (value.is_string() || value.is_number_integer())) {
            const auto at = read_time("at", value.is_string() ? value.get<std::string>() : value.dump());
            if (!at) return fail(at.error());
            trigger.at = *at;
        } else if (name != "at" || !value.is_null()) {
            return bad_body(fmt::format("the member {} is unknown or of the wrong type", json_string(name)));
        }
    }
    if (!json.contains("run_id")) return bad_body("the member run_id is missing");
    return trigger;
}

Result<http::Response> aggregate(Backend& backend, const Call& call) {
    auto trigger = read_trigger(call.request.body);
    if (!trigger) return fail(std::move(trigger).error());
    if (const auto top = read_top(call.query()); !top) return fail(top.error());  // before a row is stored
    auto row = backend.aggregator.aggregate(trigger->run_id, trigger->at);
    if (!row) return fail(std::move(row).error());
    return row_answer(201, *row, call.query());
}

std::string text_of(const TopRow& row, std::size_t top, Form form) {
    std::string text(form == Form::csv ? row_csv_header : "");
    if (form == Form::csv)
        append_csv(text, row, top);
    else
        append_json(text, row, top);
    if (form == Form::ndjson) text += '\n';
    return text;
}

Result<http::Response> window(Backend& backend, const Call& call) {
    std::optional<Timestamp> end;
    if (call.argument != "live") {
        const auto time = read_time("the window end", call.argument);
        if (!time) return fail(time.error());
        end = *time;
    }
    const auto form = wanted_form(call, row_forms);
    if (!form) return fail(form.error());
    const auto top = read_top(call.query());
    if (!top) return fail(top.error());
    if (!*top) {
        auto row = backend.aggregator.live(end);
        if (!row) return fail(std::move(row).error());
        return row_answer(200, *row, call.query(), *form);
    }
    TopRequest request{static_cast<std::size_t>(**top), {}};
    if (const auto match = call.query().text("match")) request.match = std::string(*match);
    auto row = backend.aggregator.live_top(end, request);
    if (!row) return fail(std::move(row).error());
    return answer(200, media_type_of(*form), text_of(*row, request.limit, *form));
}

Result<http::Response> panes(Backend& backend, const Call& call) {
    const auto range = call.query().range(true);
    if (!range) return fail(range.error());
    const auto found = backend.store.panes(*range);
    if (!found) return fail(found.error());
    std::string body = R"({"panes":[)";
    for (const PaneCount& pane : *found) {
        if (body.back() != '[') body += ',';
        body += R"({"pane":")";
        append_rfc3339(body, pane.pane);
        body += R"(","key":)";
        append_json_string(body, pane.key);
        body += fmt::format(R"(,"count":{}}})", pane.count);
    }
    body += "]}";
    return json_answer(200, std::move(body));
}

Result<http::Response> counts(Backend& backend, const Call& call) {
    const auto range = call.query().range(true);
    if (!range) return fail(range.error());
    const Duration longest = backend.options.window.pane * max_panes_per_window;
    if (range->end - range->start > longest)
        return fail(ErrorCode::invalid, "range-too-long",
                    fmt::format("the range is longer than {}", format_duration(longest)),
                    "ask for its parts and add them up");
    const auto found = backend.store.window_counts(*range);
    if (!found) return fail(found.error());
    std::string body = fmt::format(R"({{"as_of":{},"total":{},"late":{},"counts":)", found->as_of,
                                   found->total, found->late);
    append_json(body, found->counts);
    body += "}";
    return json_answer(200, std::move(body));
}

}  // namespace

void add_counts_routes(Router& router, Backend& backend) {
    const auto add = [&](std::string method, std::string path, std::vector<std::string_view> parameters,
                         auto handler) {
        router.add({std::move(method), std::move(path), std::move(parameters), Where::worker,
                    [&backend, handler](const Call& call) { return handler(backend, call); }});
    };
    add("POST", "/v1/aggregations", {"top"}, aggregate);
    add("GET", "/v1/windows/{end}", {"top", "match", "format"}, window);
    add("GET", "/v1/panes", {"from", "to"}, panes);
    add("GET", "/v1/counts", {"from", "to"}, counts);
}

}  // namespace weir
