#include "http/responder.h"

#include "http/connection.h"

namespace weir::http {

Responder::Impl::~Impl() {
    if (!answered.exchange(true)) deliver(std::nullopt);
}

void Responder::Impl::deliver(std::optional<Response> response) {
    charge.release();
    mailbox->post([to = std::move(connection), answer = std::move(response)]() mutable {
        if (const auto alive = to.lock()) alive->answer(std::move(answer));
    });
}

void Responder::send(Response response) const {
    if (impl_ && !impl_->answered.exchange(true)) impl_->deliver(std::move(response));
}

}  // namespace weir::http
