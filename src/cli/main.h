#pragma once

#include <string>
#include <vector>

namespace weir::cli {

// Runs `weir ARG…` and returns its exit status: 0 done, 1 the answer is no, 2 usage or configuration, 3 could
// not reach or do, 4 the server refused, 130/143 stopped by SIGINT/SIGTERM before it was done.
int run(const std::vector<std::string>& arguments);

}  // namespace weir::cli
