#pragma once

#include <vector>

#include "cli/frame.h"
#include "cli/top_picture.h"

namespace weir::cli {

// The lines above the list: the connection, the window, its numbers, the ledger in words. Facts flow into as
// many lines as they need.
std::vector<Line> draw_top_head(const TopPicture& picture, std::size_t columns);

// `0.3 s ago`, `12 s ago`, `3m 20s ago`.
std::string ago(double seconds);

}  // namespace weir::cli
