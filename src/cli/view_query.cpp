#include "cli/view_query.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/data_sink.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "codec/view_csv.h"
#include "codec/view_json.h"

namespace weir::cli {
namespace {

constexpr std::size_t rows_a_page = 1000;
constexpr std::size_t listed_keys = 3;  // of a row in a list, unless asked otherwise

ViewRow cut(const ViewRow& row, std::optional<std::uint64_t> top) {
    if (!top) return row;
    ViewRow smaller = row;
    smaller.groups.clear();
    for (RankedGroup& group : ranked_groups(row, top))
        smaller.groups.insert(std::move(group));
    return smaller;
}

std::string table_text(const ViewRow& row, std::optional<std::uint64_t> top) {
    std::string out = name_value_lines(
        {{"view", fmt::format("{}, {}", row.view, row.measure)},
         {"window",
          fmt::format("{} to {}", format_rfc3339(row.window.start), format_rfc3339(row.window.end))},
         {"total", fmt::format("{} events of {} keys, {} unusable", with_commas(row.total),
                               with_commas(row.groups.size()), with_commas(row.unusable))},
         {"state", fmt::format("{}, revision {}, as of {}", row.final ? "final" : "not final yet",
                               row.revision, row.as_of)}});
    Table table({{"KEY"}, {"VALUE", Table::Align::right}, {"EVENTS", Table::Align::right}});
    for (const auto& [key, value] : ranked_groups(row, top))
        table.add({key, value.value, with_commas(value.count)});
    if (!table.empty()) out += '\n' + table.text();
    if (top && row.groups.size() > *top)
        out += fmt::format("and {} more\n", with_commas(row.groups.size() - *top));
    return out;
}

std::string list_line(const ViewRow& row, std::optional<std::uint64_t> top) {
    std::string largest;
    for (const auto& [key, value] : ranked_groups(row, top.value_or(listed_keys)))
        largest += fmt::format("{}{} {}", largest.empty() ? "" : ", ", printable(key), value.value);
    return fmt::format("{}  {:>10}  {:>5}  {:>8}  {:>8}  {:<5}  {}\n", format_rfc3339(row.window.end),
                       with_commas(row.total), row.groups.size(), with_commas(row.unusable), row.revision,
                       row.final ? "yes" : "no", largest);
}

Result<void> print_one(DataSink& out, const ViewRow& row, const ViewQuestion& question) {
    if (question.output == OutputFormat::table) return out.write(table_text(row, question.top));
    if (question.output == OutputFormat::csv)
        return out.write(std::string(view_csv_header) + view_csv_lines(row, question.top));
    return out.write(to_json(cut(row, question.top)) + '\n');
}

Result<void> print_listed(DataSink& out, const ViewRow& row, const ViewQuestion& question, bool first) {
    if (question.output == OutputFormat::table) return out.write(list_line(row, question.top));
    if (question.output == OutputFormat::csv) return out.write(view_csv_lines(row, question.top));
    const std::string json = to_json(cut(row, question.top));
    if (question.output == OutputFormat::ndjson) return out.write(json + '\n');
    return out.write((first ? "\n" : ",\n") + json);
}

Result<void> print_range(DataSink& out, ViewReader& views, const ViewQuestion& question) {
    Result<void> printed;
    if (question.output == OutputFormat::table)
        printed = out.write(fmt::format("{:<24}  {:>10}  {:>5}  {:>8}  {:>8}  {:<5}  {}\n", "WINDOW END",
                                        "TOTAL", "KEYS", "UNUSABLE", "REVISION", "FINAL", "LARGEST"));
    if (question.output == OutputFormat::csv) printed = out.write(view_csv_header);
    if (question.output == OutputFormat::json) printed = out.write("{\"rows\":[");
    TimeRange range{question.times[0].at, question.times[1].at};
    for (bool first = true; printed;) {
        const auto rows = views.rows(question.view, range, rows_a_page);
        if (!rows) return fail(rows.error());
        for (auto row = rows->begin(); printed && row != rows->end(); ++row)
            printed = print_listed(out, *row, question, std::exchange(first, false));
        if (rows->size() < rows_a_page) break;
        range.start = rows->back().window.end + Duration{1};
    }
    if (printed && question.output == OutputFormat::json) printed = out.write("\n]}\n");
    return printed;
}

Result<ViewStatus> status_of(ViewReader& views, const std::string& name) {
    auto known = views.views();
    if (!known) return fail(std::move(known).error());
    std::vector<std::string> names;
    for (ViewStatus& status : *known) {
        if (status.spec.name == name) return std::move(status);
        names.push_back(status.spec.name);
    }
    return fail(ErrorCode::not_found, "view-unknown", fmt::format("there is no view {}", name),
                names.empty() ? std::string("weir serve --view makes one")
                              : fmt::format("there are {}", fmt::join(names, ", ")));
}

// The stored row that the question is after: the newest one, or the newest at a time.
Result<ViewRow> stored_row(ViewReader& views, const ViewQuestion& question) {
    const auto status = status_of(views, question.view);
    if (!status) return fail(status.error());
    const Duration slide = status->spec.window.slide;
    const Timestamp last = question.what == "at" ? align_down(question.times[0].at, slide)
                                                 : status->rows_until.value_or(min_timestamp);
    const bool exactly = question.what == "at" && !question.times[0].relative;
    const Timestamp first = exactly ? last : last - slide * static_cast<Duration::rep>(rows_a_page - 1);
    auto rows = views.rows(question.view, {first, last + Duration{1}}, rows_a_page);
    if (!rows) return fail(std::move(rows).error());
    if (!rows->empty()) return std::move(rows->back());
    return fail(
        ErrorCode::not_found, "row-missing",
        exactly ? fmt::format("the view {} has no row that ends at {}", question.view, format_rfc3339(last))
                : fmt::format("the view {} has no row yet", question.view),
        "a row is written when a window with events in it has ended; live counts one now");
}

}  // namespace

Result<void> answer_view_question(ViewReader& views, const ViewQuestion& question) {
    DataSink out = DataSink::standard_output();
    Result<void> printed;
    if (question.what == "range") {
        printed = print_range(out, views, question);
    } else {
        Result<ViewRow> row = ViewRow{};
        if (question.what != "live") {
            row = stored_row(views, question);
        } else if (question.times.empty()) {
            row = views.window(question.view, std::nullopt);
        } else {
            const auto status = status_of(views, question.view);
            if (!status) return fail(status.error());
            row = views.window(question.view, aligned(question.times[0], status->spec.window.slide));
        }
        if (!row) return fail(std::move(row).error());
        printed = print_one(out, *row, question);
    }
    return printed ? out.finish() : printed;
}

}  // namespace weir::cli
