#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "http/server.h"
#include "server/backend.h"
#include "server/events_routes.h"
#include "server/ingest_dialect.h"
#include "server/live_feed.h"
#include "server/metrics.h"
#include "server/problem.h"
#include "server/router.h"
#include "server/verification.h"
#include "server/worker_pool.h"

namespace weir {

// The HTTP interface of docs/http.md: who may ask, which route answers, and where it runs. Thread-safe.
class Api final : public http::Application {
  public:
    explicit Api(Backend backend);
    ~Api() override;

    std::optional<http::Response> admit(const http::RequestHead& head) override;
    void handle(http::Request request, http::Responder responder) override;
    http::Response refusal(unsigned status, const std::string& reason, const std::string& detail) override;

    // Finishes the reads that run and drops those that wait. Requests after it are answered 503.
    void stop();
    [[nodiscard]] Metrics& metrics() { return metrics_; }
    [[nodiscard]] const std::vector<Route>& routes() const { return router_.routes(); }
    // Asked for the number of open connections, once there is a server.
    void count_connections_of(const http::Server* server) { server_ = server; }

  private:
    [[nodiscard]] std::optional<Problem> check(const http::RequestHead& head,
                                               const IngestDialect* dialect) const;
    [[nodiscard]] Problem no_route(const http::RequestHead& head) const;

    Backend backend_;
    std::atomic<const http::Server*> server_ = nullptr;
    Router router_;
    Metrics metrics_;
    EventsRoute events_;
    LiveFeed live_;
    Verification verification_;
    WorkerPool workers_;
};

}  // namespace weir
