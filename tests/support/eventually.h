#pragma once

#include <chrono>
#include <thread>

namespace weir::test {

// How long whatever comes at once on a quiet machine may take on a busy one.
constexpr std::chrono::seconds patience{60};

// Waits until the condition holds; false when it does not within `patience`.
template <typename Condition>
bool eventually(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

// For what a machine that stands still for a moment may spoil and nothing else: whether one of 20 attempts,
// each of which must be independent of the others, succeeds.
template <typename Attempt>
bool succeeds_once(const Attempt& attempt) {
    for (int i = 0; i < 20; ++i)
        if (attempt()) return true;
    return false;
}

}  // namespace weir::test
