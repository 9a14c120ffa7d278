#include "transport/http_transport.h"

#include <utility>

#include <fmt/format.h>

#include "transport/http_answer.h"

namespace weir {
namespace {

std::string place_of(const http::Url& url) {
    return fmt::format("{}://{}{}", url.tls ? "https" : "http", http::authority(url), url.prefix);
}

}  // namespace

HttpTransport::HttpTransport(http::Url url, Options options)
    : place_(place_of(url)), options_(std::move(options)), client_(std::move(url), options_.client) {}

HttpTransport::~HttpTransport() = default;

Delivery HttpTransport::send(const OutgoingBatch& batch) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/v1/events";
    request.headers.add("Content-Type", batch.content_type);
    if (!batch.content_encoding.empty()) request.headers.add("Content-Encoding", batch.content_encoding);
    request.headers.add("Idempotency-Key", batch.batch_id);
    if (!options_.token.empty()) request.headers.add("Authorization", "Bearer " + options_.token);
    request.body = batch.body;
    auto response = client_.send(request);
    if (response) return delivery_from(*response, batch, place_);
    Delivery delivery;
    delivery.error = std::move(response).error();
    return delivery;
}

void HttpTransport::cancel() {
    client_.cancel();
}

}  // namespace weir
