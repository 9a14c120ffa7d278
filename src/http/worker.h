#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>

#include "http/asio_types.h"
#include "http/body_budget.h"
#include "http/mailbox.h"
#include "http/server.h"

namespace weir::http {

class Connection;

// What all workers and connections of a server share. Outlives them all.
struct ServerContext {
    ServerContext(const ServerOptions& server_options, Application& server_application)
        : options(server_options),
          application(server_application),
          budget(std::make_shared<BodyBudget>(server_options.max_bodies.count)),
          streams(static_cast<std::size_t>(server_options.stream_threads)) {}

    const ServerOptions options;
    Application& application;
    const std::shared_ptr<BodyBudget> budget;
    asio::thread_pool streams;  // where BodyStreams are pulled
    std::atomic<bool> draining{false};
    std::atomic<std::size_t> connections{0};
    std::mutex mutex;  // for waiting until there are no connections
    std::condition_variable none_left;
};

// One thread with one io_context and the connections that were given to it; a connection never changes its
// worker. Deadlines are looked at by one sweep over all connections instead of a timer each, which would cost
// a quarter of a small request.
class Worker {
  public:
    explicit Worker(ServerContext& shared);
    ~Worker();

    void start();
    // Cuts all connections and waits for the thread. A worker that was not started has none.
    void stop();

    [[nodiscard]] asio::io_context& context() { return context_; }
    [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

    // For the worker's thread only.
    void adopt(Socket socket, bool turn_away);
    void leave(Connection& connection);
    std::string_view date();  // for the Date field

    // From any thread.
    void close_idle();
    void cut_all();

  private:
    void sweep();

    ServerContext& shared_;
    asio::io_context context_{1};
    std::shared_ptr<Mailbox> mailbox_;
    asio::executor_work_guard<Executor> work_;
    Timer sweep_timer_;
    bool stopping_ = false;
    std::vector<Connection*> connections_;
    std::int64_t date_seconds_ = -1;
    std::string date_;
    std::thread thread_;
};

}  // namespace weir::http
