#include <fmt/format.h>

#include "pipeline/verifier_diagnosis.h"

namespace weir {
namespace {

std::string first_difference(const AggregateRow& a, const AggregateRow& b) {
    if (a.run_id != b.run_id) return fmt::format("run_id '{}' and '{}'", a.run_id, b.run_id);
    if (a.window_end != b.window_end)
        return fmt::format("updated {} and {}", format_rfc3339(a.window_end), format_rfc3339(b.window_end));
    if (a.total != b.total) return fmt::format("total {} and {}", a.total, b.total);
    if (a.counts != b.counts) return "counts";
    if (a.as_of != b.as_of) return fmt::format("as_of {} and {}", a.as_of, b.as_of);
    return "view, window_start, late, revision, final or computed_at";
}

void check_identity(const AggregateRow& row, const std::string& run_id, std::vector<RowFault>& faults) {
    if (row.run_id != run_id)
        faults.push_back(
            {fmt::format("the row is tagged with run id '{}', not with '{}'", row.run_id, run_id),
             fmt::format("the row belongs to another run, '{}': rows are looked up or stored under the wrong "
                         "run id, or two triggers share one row",
                         row.run_id)});
    if (row.view.empty())
        faults.push_back({"the row names no view", "the aggregator was set up without the name of its view"});
}

void check_window(const AggregateRow& row, Timestamp at, const WindowSpec& window,
                  std::vector<RowFault>& faults) {
    if (row.window_end != at) {
        const Duration off = row.window_end - at;
        const bool aligned = align_down(row.window_end, window.pane) == row.window_end;
        faults.push_back({fmt::format("the row's `updated` is {}, but the window ending at {} was asked for",
                                      format_rfc3339(row.window_end), format_rfc3339(at)),
                          fmt::format("the row's `updated` is off by {}{} ms{}, so it names another window "
                                      "than the one asked for: look at how "
                                      "the trigger passes the time on and how it is stored",
                                      off.count() > 0 ? "+" : "", off.count(),
                                      aligned ? "" : " and is no multiple of the pane")});
    }
    if (row.window_start != row.window_end - window.size)
        faults.push_back(
            {fmt::format("the row's window starts at {}, not {} before its end",
                         format_rfc3339(row.window_start), format_duration(window.size)),
             "the aggregator and this verification disagree about the window's size: compare both settings"});
}

void check_numbers(const AggregateRow& row, std::vector<RowFault>& faults) {
    std::uint64_t sum = 0;
    for (const auto& [key, count] : row.counts) {
        sum += count;
        if (count == 0)
            faults.push_back(
                {fmt::format("the row holds a zero for '{}'", key),
                 "keys without events must not be on a row: a count that fell to zero was kept"});
    }
    if (sum != row.total)
        faults.push_back(
            {fmt::format("the row's total is {}, but its counts sum to {}", row.total, sum),
             "the row's total is not the sum of its counts: it was altered or cut after it was counted"});
    if (row.late > row.total)  // what else is wrong explains it better
        faults.push_back(
            {fmt::format("the row counts {} late events of {} in all", row.late, row.total), {}});
}

}  // namespace

std::vector<RowFault> row_faults(const AggregateRow& answered, const std::optional<AggregateRow>& stored,
                                 const std::string& run_id, Timestamp at, const WindowSpec& window) {
    std::vector<RowFault> faults;
    if (!stored)
        faults.push_back(
            {fmt::format("no row is stored under run id '{}'", run_id),
             "the trigger answered but stored nothing: its row is lost, or another store is being read"});
    const AggregateRow& row = stored ? *stored : answered;
    check_identity(row, run_id, faults);
    check_window(row, at, window, faults);
    check_numbers(row, faults);
    if (stored && *stored != answered) {
        const std::string what = first_difference(answered, *stored);
        faults.push_back({"the row that was stored is not the row that the trigger answered: " + what,
                          "the row that was stored is not the row that was answered: it was altered while it "
                          "was written or "
                          "read, or another run wrote over it (" +
                              what + ")"});
    }
    return faults;
}

}  // namespace weir
