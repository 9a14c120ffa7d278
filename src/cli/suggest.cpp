#include "cli/suggest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace weir::cli {
namespace {

// Levenshtein's distance, one row at a time.
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string suggest(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t max_edits = 2;
    std::size_t best = std::min(max_edits, word.size() < 2 ? 0 : word.size() - 1) + 1;
    std::string found;
    for (const std::string& candidate : candidates) {
        const std::size_t edits = edits_between(word, candidate);
        if (edits >= best) continue;
        best = edits;
        found = candidate;
    }
    return found;
}

}  // namespace weir::cli
