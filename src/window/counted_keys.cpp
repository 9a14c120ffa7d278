#include "window/counted_keys.h"

#include <algorithm>

namespace weir {

void keep_largest(std::vector<CountedKey>& keys, std::size_t limit) {
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(std::min(limit, keys.size()));
    const auto larger = [](const CountedKey& a, const CountedKey& b) {
        return a.count != b.count ? a.count > b.count : a.name < b.name;
    };
    std::nth_element(keys.begin(), end, keys.end(), larger);
    keys.erase(end, keys.end());
    std::sort(keys.begin(), keys.end(), larger);
}

KeyCounts ordered_by_key(std::vector<CountedKey> keys) {
    std::sort(keys.begin(), keys.end(),
              [](const CountedKey& a, const CountedKey& b) { return a.name < b.name; });
    KeyCounts counts;
    for (const CountedKey& key : keys)
        counts.emplace_hint(counts.end(), key.name, key.count);
    return counts;
}

}  // namespace weir
