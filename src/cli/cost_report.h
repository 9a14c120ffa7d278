#pragma once

#include <string>
#include <vector>

#include "aws/cost_measured.h"
#include "aws/cost_search.h"

namespace weir::cli {

// All that `weir cost` found.
struct CostReport {
    const aws::PriceList& prices;
    aws::Bill asked;
    aws::Bill cheapest_rows, cheapest_blocks, plain;
    aws::FreeLimit free_rows, free_blocks;
    std::vector<aws::Comparison> measured;  // empty: nothing was measured
};

// For people: the bill line by line, other ways to do the same, and how far the free tier reaches. `explain`
// adds how the units of each line came about.
std::string cost_text(const CostReport& report, bool explain);

// One JSON document; the lines always carry their arithmetic.
std::string cost_json(const CostReport& report);

// The flags that make a setting: "--layout blocks --batch-events 5000 --linger 30s".
std::string cost_flags(const aws::CostSetting& setting);

}  // namespace weir::cli
