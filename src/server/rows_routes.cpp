#include "server/rows_routes.h"

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "codec/json_rows.h"
#include "codec/row_csv.h"
#include "event/event.h"
#include "server/answer.h"

namespace weir {
namespace {

constexpr std::uint64_t default_rows = 100;
constexpr std::uint64_t max_rows = 1000;

tl::unexpected<Error> no_row(std::string what, std::string hint) {
    return fail(ErrorCode::not_found, "row-missing", "no aggregate row " + std::move(what), std::move(hint));
}

Result<http::Response> latest(Backend& backend, const Call& call, Form form) {
    auto row = backend.store.latest_row();
    if (!row) return fail(std::move(row).error());
    if (!*row) return no_row("has been written yet", "the first is written when a window has closed");
    return row_answer(200, **row, call.query(), form);
}

Result<http::Response> row_at(Backend& backend, const Call& call, Form form) {
    const auto end = read_time("the window end", call.argument);
    if (!end) return fail(end.error());
    auto row = backend.store.row_at(*end);
    if (!row) return fail(std::move(row).error());
    if (!*row)
        return no_row("for " + format_rfc3339(*end),
                      fmt::format("rows are written every {}; GET /v1/windows/{} counts any window now",
                                  format_duration(backend.options.window.slide), format_rfc3339(*end)));
    return row_answer(200, **row, call.query(), form);
}

Result<http::Response> row_of_run(Backend& backend, const Call& call, Form form) {
    const std::string run_id(call.argument);
    if (!is_valid_id(run_id))
        return fail(ErrorCode::invalid, "run-id-invalid",
                    "a run id is 1 to 128 printable ASCII characters without space");
    auto row = backend.store.row_of_run(run_id);
    if (!row) return fail(std::move(row).error());
    if (!*row) return no_row("of the run " + json_string(run_id), "POST /v1/aggregations writes one");
    return row_answer(200, **row, call.query(), form);
}

std::string text_of(const AggregateRow& row, std::optional<std::uint64_t> top, Form form) {
    if (form != Form::csv) return to_json(row, top) + (form == Form::ndjson ? "\n" : "");
    std::string text(row_csv_header);
    append_csv(text, row, top);
    return text;
}

std::string list_of(std::span<const AggregateRow> rows, std::optional<Timestamp> next, Form form) {
    if (form == Form::json) return rows_to_json(rows, next);
    std::string body(form == Form::csv ? row_csv_header : "");
    for (const AggregateRow& row : rows) {
        if (form == Form::csv) {
            append_csv(body, row);
        } else {
            append_json(body, row);
            body += '\n';
        }
    }
    return body;
}

Result<http::Response> rows(Backend& backend, const Call& call, Form form) {
    const auto range = call.query().range(false);
    if (!range) return fail(range.error());
    const auto limit = call.query().number("limit", 1, max_rows);
    if (!limit) return fail(limit.error());
    const std::size_t wanted = limit->value_or(default_rows);
    auto found = backend.store.rows(*range, wanted + 1);
    if (!found) return fail(std::move(found).error());
    std::optional<Timestamp> next;
    if (found->size() > wanted) {
        next = found->back().window_end;
        found->pop_back();
    }
    http::Response response = answer(200, media_type_of(form), list_of(*found, next, form));
    if (next) response.headers.add("Weir-Next-From", format_rfc3339(*next));
    return response;
}

}  // namespace

Result<std::optional<std::uint64_t>> read_top(const Query& query) {
    auto top = query.number("top", 1, max_top);
    if (top && !*top && query.text("match")) return std::optional(max_found);
    return top;
}

Result<http::Response> row_answer(unsigned status, const AggregateRow& row, const Query& query, Form form) {
    const auto top = read_top(query);
    if (!top) return fail(top.error());
    const auto match = query.text("match");
    if (!match) return answer(status, media_type_of(form), text_of(row, *top, form));
    AggregateRow matching = row;
    std::erase_if(matching.counts,
                  [&](const auto& count) { return !contains_ignoring_case(count.first, *match); });
    return answer(status, media_type_of(form), text_of(matching, *top, form));
}

void add_rows_routes(Router& router, Backend& backend) {
    const auto get = [&](std::string path, std::vector<std::string_view> parameters, auto handler) {
        router.add({"GET", std::move(path), std::move(parameters), Where::worker,
                    [&backend, handler](const Call& call) -> Result<http::Response> {
                        const auto form = wanted_form(call, row_forms);
                        if (!form) return fail(form.error());
                        return handler(backend, call, *form);
                    }});
    };
    get("/v1/rows", {"from", "to", "limit", "format"}, rows);
    get("/v1/rows/latest", {"top", "match", "format"}, latest);
    get("/v1/rows/{window_end}", {"top", "match", "format"}, row_at);
    get("/v1/runs/{run_id}", {"top", "match", "format"}, row_of_run);
}

}  // namespace weir
