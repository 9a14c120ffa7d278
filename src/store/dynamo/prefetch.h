#pragma once

#include <algorithm>
#include <cstddef>

namespace weir::dynamo {

// How many partitions a reader that goes through them in order asks for ahead: as many as there are
// connections; more, up to longest times as many, while nothing is found, so that a long empty range costs
// few rounds. It falls back with the first find, so that memory stays within so many pages of a megabyte.
class Prefetch {
  public:
    explicit Prefetch(std::size_t connections)
        : shortest_(std::max<std::size_t>(connections, 1)), step_(shortest_) {}

    [[nodiscard]] std::size_t step() const { return step_; }
    void round_done(bool found_anything) {
        step_ = found_anything ? shortest_ : std::min(step_ * 2, shortest_ * longest);
    }

  private:
    static constexpr std::size_t longest = 16;
    std::size_t shortest_;
    std::size_t step_;
};

}  // namespace weir::dynamo
