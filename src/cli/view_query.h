#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/row_printer.h"
#include "cli/values.h"
#include "store/view_reader.h"

namespace weir::cli {

// What `weir query` was asked of a view.
struct ViewQuestion {
    std::string view;
    std::string what;                 // "latest", "at", "range" or "live"
    std::vector<TimeArgument> times;  // as the word wants
    std::optional<std::uint64_t> top;
    OutputFormat output = OutputFormat::table;
};

// Prints the answer to standard output. Fails with ErrorCode::not_found, when there is no such view or row.
Result<void> answer_view_question(ViewReader& views, const ViewQuestion& question);

}  // namespace weir::cli
