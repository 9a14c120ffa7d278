#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "http/server.h"
#include "server/metrics.h"

namespace weir {

// The way back to whoever sent a request; counts the answer. Copies share the one answer.
class Reply {
  public:
    Reply(http::Responder responder, Metrics& metrics, std::size_t route, std::string method)
        : responder_(std::move(responder)),
          metrics_(&metrics),
          route_(route),
          method_(std::move(method)),
          start_(std::chrono::steady_clock::now()) {}

    void send(http::Response response) const {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
        metrics_->on_request(route_, method_, response.status, took.count());
        responder_.send(std::move(response));
    }

  private:
    http::Responder responder_;
    Metrics* metrics_;
    std::size_t route_;
    std::string method_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace weir
