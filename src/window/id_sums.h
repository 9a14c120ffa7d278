#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

// Sums per id, for ids that are dense from zero on. Besides each sum it keeps an upper bound of the sums of
// every 256 ids that follow each other, so that the few largest of a million are found without reading all.
class IdSums {
  public:
    // `count` > 0. Without a branch on the sum, which is seldom in the cache.
    void add(std::uint32_t id, std::uint64_t count) {
        if (id >= sums_.size()) grow(id);
        std::uint64_t& sum = sums_[id];
        ids_ += static_cast<std::size_t>(sum == 0);
        sum += count;
        total_ += count;
        std::uint64_t& bound = bounds_[id / block];
        bound = bound < sum ? sum : bound;
    }
    // `count` > 0, at most what was added.
    void subtract(std::uint32_t id, std::uint64_t count) {
        std::uint64_t& sum = sums_[id];
        sum -= count;
        total_ -= count;
        ids_ -= static_cast<std::size_t>(sum == 0);
    }
    void clear();
    void prefetch(std::uint32_t id) const {
        if (id < sums_.size()) __builtin_prefetch(&sums_[id], 1);
    }

    [[nodiscard]] std::size_t ids() const { return ids_; }  // whose sum is not zero
    [[nodiscard]] std::uint64_t total() const { return total_; }

    // The smallest of the `count` largest sums; 1 when there are not more. `count` > 0.
    std::uint64_t least_of_largest(std::size_t count);

    // `visit(id, sum)` for every id whose sum is `least` or more, ascending by id. `least` > 0.
    template <typename Visitor>
    void for_each_from(std::uint64_t least, const Visitor& visit) const {
        for (std::size_t at = 0; at < bounds_.size(); ++at) {
            if (bounds_[at] < least) continue;
            const std::size_t end = block_end(at);
            for (std::size_t id = at * block; id < end; ++id)
                if (sums_[id] >= least) visit(static_cast<std::uint32_t>(id), sums_[id]);
        }
    }

  private:
    static constexpr std::size_t block = 256;
    [[nodiscard]] std::size_t block_end(std::size_t at) const {
        return (at + 1) * block < sums_.size() ? (at + 1) * block : sums_.size();
    }
    void grow(std::uint32_t id);

    std::vector<std::uint64_t> sums_;    // by id
    std::vector<std::uint64_t> bounds_;  // by id / block: no sum in it is larger
    std::size_t ids_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace weir
