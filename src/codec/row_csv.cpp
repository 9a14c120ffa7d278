#include "codec/row_csv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/time.h"
#include "codec/csv_reader.h"
#include "codec/event_export.h"

namespace weir {
namespace {

// What every record of a row begins and ends with.
class Records {
  public:
    Records(std::string& out, const AggregateRow& row)
        : out_(out),
          before_(fmt::format("{},{},", format_rfc3339(row.window_start), format_rfc3339(row.window_end))),
          after_(fmt::format(",{},{},{},{},", row.total, row.late, row.revision, row.final)) {
        append_csv_cell(after_, row.run_id);
        after_ += '\n';
    }

    void add(std::string_view key, std::uint64_t count) {
        out_ += before_;
        append_guarded_csv_cell(out_, key);
        out_ += ',';
        out_ += std::to_string(count);
        out_ += after_;
    }

  private:
    std::string& out_;
    std::string before_, after_;
};

}  // namespace

void append_csv(std::string& out, const AggregateRow& row, std::optional<std::size_t> top) {
    std::vector<std::pair<std::string_view, std::uint64_t>> counts(row.counts.begin(), row.counts.end());
    std::ranges::stable_sort(counts, [](const auto& a, const auto& b) { return a.second > b.second; });
    if (top && counts.size() > *top) counts.resize(*top);
    Records records(out, row);
    for (const auto& [key, count] : counts)
        records.add(key, count);
}

void append_csv(std::string& out, const TopRow& row, std::size_t top) {
    Records records(out, row.row);
    for (std::size_t i = 0; i < std::min(top, row.largest.size()); ++i)
        records.add(row.largest[i].key, row.largest[i].count);
}

}  // namespace weir
