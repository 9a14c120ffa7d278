#pragma once

#include <memory>
#include <string>

#include "codec/row_source.h"

namespace weir::cli {

// Rows without end for verification where no file is given: the group-by field takes the names of a few
// counties, unevenly, and now and then is empty. The same rows each time.
std::unique_ptr<RowSource> make_generated_rows(const std::string& group_by);

}  // namespace weir::cli
