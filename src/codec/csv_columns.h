#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/csv_reader.h"
#include "codec/event_fields.h"

namespace weir {

// The header of a CSV batch: which cell holds what.
struct CsvColumns {
    std::vector<std::string> names;
    std::size_t event_id = 0;
    std::size_t ts = 0;
    std::optional<std::size_t> key;                  // absent: every event counts under blank_key
    std::vector<std::optional<std::size_t>> keys{};  // where the group-by names several fields
    std::string joined{};                            // the key that was read from them

    // From the cells of the header record; event_id and ts must be among them, no name empty or there twice,
    // all UTF-8 (ErrorCode::invalid, "csv-header-invalid").
    static Result<CsvColumns> from_header(std::vector<std::string> names, std::string_view group_by);

    // The event in a record; the fields are views into its cells and, until the next call, into this.
    bool read(const CsvRecord& record, std::string_view group_by, const TimeBounds& bounds,
              EventFields& fields, Rejection& rejection);
};

// For a record that CsvReader could not read.
Rejection csv_rejection(RejectReason reason, std::string_view raw);

}  // namespace weir
