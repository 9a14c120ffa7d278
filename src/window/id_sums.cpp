#include "window/id_sums.h"

#include <algorithm>
#include <functional>

namespace weir {

void IdSums::clear() {
    std::fill(sums_.begin(), sums_.end(), 0);
    std::fill(bounds_.begin(), bounds_.end(), 0);
    ids_ = 0;
    total_ = 0;
}

// A heap of the largest, with the least of them in front. Blocks that cannot hold a larger one are passed
// over; of the others the bound, which falls behind as sums are subtracted from, is set right on the way.
std::uint64_t IdSums::least_of_largest(std::size_t count) {
    if (ids_ <= count) return 1;
    std::vector<std::uint64_t> largest;
    largest.reserve(count);
    for (std::size_t at = 0; at < bounds_.size(); ++at) {
        const bool full = largest.size() == count;
        if (bounds_[at] == 0 || (full && bounds_[at] <= largest.front())) continue;
        std::uint64_t bound = 0;
        const std::size_t end = block_end(at);
        for (std::size_t id = at * block; id < end; ++id) {
            const std::uint64_t sum = sums_[id];
            bound = std::max(bound, sum);
            if (sum == 0 || (largest.size() == count && sum <= largest.front())) continue;
            if (largest.size() == count) {
                std::pop_heap(largest.begin(), largest.end(), std::greater<>());
                largest.back() = sum;
            } else {
                largest.push_back(sum);
            }
            std::push_heap(largest.begin(), largest.end(), std::greater<>());
        }
        bounds_[at] = bound;
    }
    return largest.front();
}

// With room to spare, so that a growing number of ids does not mean a copy each time.
void IdSums::grow(std::uint32_t id) {
    const std::size_t wanted = std::size_t{id} + 1;
    if (wanted > sums_.capacity()) sums_.reserve(std::max(wanted, sums_.capacity() * 2));
    sums_.resize(wanted);
    bounds_.resize((wanted + block - 1) / block);
}

}  // namespace weir
