#include "store/dynamo/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace weir::dynamo {

void for_each_at_once(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr thrown;  // the first
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                task(i);
            } catch (...) {
                const std::scoped_lock lock(mutex);
                if (!thrown) thrown = std::current_exception();
                next = count;
            }
        }
    };
    {
        std::vector<std::jthread> helpers;
        const std::size_t wanted = std::min(count, at_once);
        helpers.reserve(wanted);
        try {
            while (helpers.size() + 1 < wanted)
                helpers.emplace_back(work);
        } catch (const std::system_error&) {  // no more threads: the ones there are do the work
        }
        work();
    }
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace weir::dynamo
