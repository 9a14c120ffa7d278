#include "server/events_routes.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "codec/cloud_events.h"
#include "codec/compression.h"
#include "server/ingest_answers.h"
#include "server/ingest_dialect.h"

namespace weir {
EventsRoute::EventsRoute(Backend& backend, Metrics& metrics)
    : backend_(backend), metrics_(metrics), decoders_(backend.options.group_by, backend.options.events) {}

std::optional<http::Response> EventsRoute::admit(const http::RequestHead& head) const {
    const IngestDialect& dialect = *ingest_dialect_of(head.path);
    if (const auto refusal = backend_.health.refusal()) return dialect.problem(problem_of(*refusal));
    if (const auto read = dialect.read_head(head); !read) return dialect.problem(read.error());
    return std::nullopt;
}

Result<std::string> EventsRoute::decompress(Encoding encoding, std::string& body) const {
    DecompressionLimits limits;
    limits.max_output = backend_.options.max_decompressed;
    switch (encoding) {
        case Encoding::zstd:
            return zstd_decompress(body, limits);
        case Encoding::gzip:
            return gzip_decompress(body, limits);
        case Encoding::identity:
            break;
    }
    return std::move(body);
}

Problem EventsRoute::refused_body(const Error& error) const {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::invalid) problem.type = "body-unreadable";
    if (error.reason == "decompressed-too-large" || error.reason == "compression-ratio")
        problem.limit_bytes = backend_.options.max_decompressed.count;
    return problem;
}

void EventsRoute::handle(http::Request request, Reply reply) {
    const IngestDialect& dialect = *ingest_dialect_of(request.head.path);
    auto head = dialect.read_head(request.head);
    if (!head) return reply.send(dialect.problem(head.error()));
    const std::size_t wire = request.body.size();
    auto body = decompress(head->encoding, request.body);
    if (!body) return reply.send(dialect.problem(refused_body(body.error())));
    metrics_.on_ingest_bytes(wire, body->size());
    if (head->cloudevent) {
        body = structured_cloudevent(*head->cloudevent, head->content_type, *body);
        if (!body) return reply.send(dialect.problem(refused_body(body.error())));
    }

    DecodeRequest decode;
    decode.media = head->media;
    decode.batch_id = head->batch_id;
    decode.body = std::move(*body);
    decode.lines = std::move(head->lines);
    if (head->encoding == Encoding::zstd) decode.frames = std::move(request.body);
    decode.now = backend_.clock.now();
    decode.source = request.head.peer;
    auto batch = decoders_.decode(std::move(decode));
    if (!batch) return reply.send(dialect.problem(refused_body(batch.error())));
    if (head->reject_on_error && !batch->rejected.empty()) return reply.send(all_rejected_answer(*batch));

    std::shared_ptr<const RejectCounts> rejects;
    if (!batch->rejected.empty()) rejects = std::make_shared<RejectCounts>(count_rejects(*batch));
    backend_.ingestor.submit(
        std::move(*batch), [&metrics = metrics_, &clock = backend_.clock, &dialect,
                            rejects = std::move(rejects), reply = std::move(reply)](Result<Verdict> verdict) {
            if (!verdict) return reply.send(dialect.problem(problem_of(verdict.error())));
            metrics.on_verdict(*verdict, rejects ? *rejects : RejectCounts{}, clock.now());
            reply.send(dialect.verdict(*verdict));
        });
}

}  // namespace weir
