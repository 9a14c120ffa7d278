#pragma once

#include <cstddef>
#include <functional>

namespace weir::dynamo {

// Calls task(0) to task(count - 1), at most `at_once` of them at a time, on this thread and on others that
// end before it returns. The threads are there to overlap waits for answers, not to compute. Thread-safe
// tasks are the caller's to give. What a task throws is thrown here when all have ended, and tasks not yet
// begun are left out.
void for_each_at_once(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& task);

}  // namespace weir::dynamo
