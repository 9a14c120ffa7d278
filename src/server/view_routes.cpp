#include "server/view_routes.h"

#include <array>

#include "codec/view_csv.h"
#include "codec/view_json.h"
#include "server/answer.h"
#include "server/form.h"

namespace weir {
namespace {

constexpr std::uint64_t default_rows = 100;
constexpr std::uint64_t max_rows = 1000;

constexpr std::array forms{Form::json, Form::ndjson, Form::csv};

http::Response answer_of(std::span<const ViewRow> rows, Form form) {
    std::string body(form == Form::csv ? view_csv_header : "");
    for (const ViewRow& row : rows)
        body += form == Form::csv ? view_csv_lines(row) : to_json(row) + '\n';
    return answer(200, media_type_of(form), std::move(body));
}

// Where there are none, none is known.
Result<ViewReader*> reader(const Backend& backend) {
    if (backend.views != nullptr) return backend.views;
    return fail(ErrorCode::not_found, "view-unknown", "this server has no views",
                "weir serve --view makes one");
}

Result<http::Response> views(Backend& backend, const Call&) {
    if (backend.views == nullptr) return json_answer(200, views_to_json({}));
    const auto found = backend.views->views();
    if (!found) return fail(found.error());
    return json_answer(200, views_to_json(*found));
}

Result<http::Response> window(Backend& backend, const Call& call) {
    const auto form = wanted_form(call, forms);
    if (!form) return fail(form.error());
    const auto at = call.query().time("at");
    if (!at) return fail(at.error());
    const auto views = reader(backend);
    if (!views) return fail(views.error());
    const auto row = (*views)->window(std::string(call.argument), *at);
    if (!row) return fail(row.error());
    return *form == Form::json ? json_answer(200, to_json(*row)) : answer_of({&*row, 1}, *form);
}

Result<http::Response> rows(Backend& backend, const Call& call) {
    const auto form = wanted_form(call, forms);
    if (!form) return fail(form.error());
    const auto range = call.query().range(false);
    if (!range) return fail(range.error());
    const auto limit = call.query().number("limit", 1, max_rows);
    if (!limit) return fail(limit.error());
    const std::size_t wanted = limit->value_or(default_rows);
    const auto views = reader(backend);
    if (!views) return fail(views.error());
    auto found = (*views)->rows(std::string(call.argument), *range, wanted + 1);
    if (!found) return fail(std::move(found).error());
    std::optional<Timestamp> next;
    if (found->size() > wanted) {
        next = found->back().window.end;
        found->pop_back();
    }
    http::Response response =
        *form == Form::json ? json_answer(200, view_rows_to_json(*found, next)) : answer_of(*found, *form);
    if (next) response.headers.add("Weir-Next-From", format_rfc3339(*next));
    return response;
}

}  // namespace

void add_view_routes(Router& router, Backend& backend) {
    const auto get = [&](std::string path, std::vector<std::string_view> parameters, auto handler) {
        router.add({"GET", std::move(path), std::move(parameters), Where::worker,
                    [&backend, handler](const Call& call) { return handler(backend, call); }});
    };
    get("/v1/views", {}, views);
    get("/v1/views/{view}", {"at", "format"}, window);
    get("/v1/view-rows/{view}", {"from", "to", "limit", "format"}, rows);
}

}  // namespace weir
