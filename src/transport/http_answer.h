#pragma once

#include <string>

#include "http/message.h"
#include "transport/transport.h"

namespace weir {

// What a server's answer to a batch means; see HttpTransport. `place` names the server in messages.
Delivery delivery_from(const http::Response& response, const OutgoingBatch& batch, const std::string& place);

}  // namespace weir
