#pragma once

#include <algorithm>
#include <fstream>
#include <span>
#include <string>

#include <sys/types.h>

#include "support/eventually.h"

namespace weir::test {

// Whether a thread of this process sleeps: on a lock, a condition or a socket (state S of proc(5)).
inline bool is_waiting(pid_t thread) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t name_end = stat.rfind(')');
    return name_end != std::string::npos && stat.compare(name_end, 3, ") S") == 0;
}

// Waits until all of them have slept for as long as ten looks take: none is on its way any more, each has
// come to where it waits for another. False when they do not within `patience`.
inline bool all_wait(std::span<const pid_t> threads) {
    int looks = 0;
    return eventually([&] {
        looks = std::all_of(threads.begin(), threads.end(), is_waiting) ? looks + 1 : 0;
        return looks >= 10;
    });
}

}  // namespace weir::test
