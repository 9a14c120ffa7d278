#include "store/top_counts.h"

#include "base/text.h"

namespace weir {

TopCounts choose_top(CountedKeys counted, const TopRequest& request) {
    TopCounts top;
    top.keys = counted.distinct;
    top.total = counted.total;
    top.late = counted.late;
    if (request.match) {
        std::erase_if(counted.keys, [&](const CountedKey& key) {
            return !contains_ignoring_case(key.name, *request.match);
        });
        top.keys = counted.keys.size();
    }
    keep_largest(counted.keys, request.limit);
    top.largest.reserve(counted.keys.size());
    for (const CountedKey& key : counted.keys)
        top.largest.push_back({Key(key.name), key.count});
    return top;
}

}  // namespace weir
