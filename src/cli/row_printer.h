#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/console.h"
#include "cli/data_sink.h"
#include "cli/options.h"
#include "event/aggregate_row.h"

namespace weir::cli {

// table: for people; json: one document; ndjson: one object a line; csv: RFC 4180 with a header.
enum class OutputFormat { table, json, ndjson, csv };

// Adds --output with these formats.
void declare_output(OptionTable& options, OutputFormat& target);

// Prints one row with all its counts, or only the `top` largest.
Result<void> print_row(DataSink& out, const AggregateRow& row, OutputFormat format,
                       std::optional<std::uint64_t> top);

// Prints many rows, as they come: `begin`, `row` for each, `end`. In a table each is one line with its
// largest counts.
class RowListPrinter {
  public:
    RowListPrinter(DataSink& out, OutputFormat format, std::optional<std::uint64_t> top)
        : out_(out), format_(format), top_(top) {}
    Result<void> begin();
    Result<void> row(const AggregateRow& row);
    Result<void> end();

  private:
    DataSink& out_;
    OutputFormat format_;
    std::optional<std::uint64_t> top_;
    bool first_ = true;
};

}  // namespace weir::cli
