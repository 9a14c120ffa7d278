#pragma once

#include <mutex>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace weir::http {

// The way from any thread into a worker's thread, for those that may outlive the worker. Thread-safe.
class Mailbox {
  public:
    explicit Mailbox(boost::asio::io_context& context) : context_(&context) {}

    // Runs `call` on the worker's thread; drops it when the worker is gone.
    template <typename Call>
    void post(Call call) {
        const std::lock_guard lock{mutex_};
        if (context_ != nullptr) boost::asio::post(*context_, std::move(call));
    }
    void close() {
        const std::lock_guard lock{mutex_};
        context_ = nullptr;
    }

  private:
    std::mutex mutex_;
    boost::asio::io_context* context_;
};

}  // namespace weir::http
