#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "http/body_budget.h"
#include "http/mailbox.h"
#include "http/server.h"

namespace weir::http {

class Connection;

// What the copies of a Responder share. Outlives the connection and the server where the application keeps it
// for longer.
struct Responder::Impl {
    Impl(std::weak_ptr<Connection> to, std::shared_ptr<Mailbox> by, BodyCharge for_body)
        : connection(std::move(to)), mailbox(std::move(by)), charge(std::move(for_body)) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl();

    // No response: the application dropped the request.
    void deliver(std::optional<Response> response);

    std::weak_ptr<Connection>
        connection;  // locked on the worker's thread only, so that no other thread destroys a connection
    std::shared_ptr<Mailbox> mailbox;
    BodyCharge charge;
    std::atomic<bool> answered{false};
};

}  // namespace weir::http
