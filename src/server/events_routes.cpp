#include "server/events_routes.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "codec/compression.h"
#include "codec/json_rows.h"
#include "server/answer.h"

namespace weir {
namespace {

http::Response unsupported(const Problem& problem) {
    http::Response response = problem_answer(problem);
    if (problem.type == "unsupported-media-type")
        response.headers.add("Accept-Post", std::string(accepted_media_types));
    if (problem.type == "unsupported-encoding")
        response.headers.add("Accept-Encoding", std::string(accepted_encodings));
    return response;
}

http::Response rejected_answer(const Verdict& verdict, std::uint64_t bad_lines, bool nothing_stored) {
    Problem problem;
    problem.status = 422;
    problem.type = "events-rejected";
    problem.detail = fmt::format("{} of {} lines are no events; {}", bad_lines, verdict.received,
                                 nothing_stored ? "nothing was stored" : "the others are stored");
    problem.hint = nothing_stored ? "correct the lines named in errors and send the batch again"
                                  : "do not send this batch again: correct the lines named in errors and "
                                    "send those in a new one (GET /v1/dead-letters has all of them)";
    append_json_members(problem.members, verdict);
    return problem_answer(problem);
}

http::Response verdict_answer(const Verdict& verdict) {
    http::Response response = verdict.rejected > 0 ? rejected_answer(verdict, verdict.rejected, false)
                                                   : json_answer(200, to_json(verdict));
    if (verdict.replayed) response.headers.add("Idempotency-Replayed", "true");
    return response;
}

// on_error=reject: what the verdict would have been, had nothing been kept. All lines count as rejected, so
// that it balances.
http::Response all_rejected_answer(const Batch& batch) {
    Verdict verdict;
    verdict.batch_id = batch.batch_id;
    verdict.received = batch.received;
    verdict.rejected = batch.received;
    for (const DeadLetter& letter : batch.rejected) {
        if (verdict.errors.size() == max_line_errors) break;
        verdict.errors.push_back({letter.line, letter.reason, letter.message});
    }
    return rejected_answer(verdict, batch.rejected.size(), true);
}

}  // namespace

EventsRoute::EventsRoute(Backend& backend, Metrics& metrics)
    : backend_(backend), metrics_(metrics), decoders_(backend.options.group_by, backend.options.events) {}

std::optional<http::Response> EventsRoute::admit(const http::RequestHead& head) const {
    if (const auto refusal = backend_.health.refusal()) return problem_answer(problem_of(*refusal));
    if (const auto read = read_ingest_head(head); !read) return unsupported(read.error());
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

http::Response EventsRoute::refused_body(const Error& error) const {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::invalid) problem.type = "body-unreadable";
    if (error.reason == "decompressed-too-large" || error.reason == "compression-ratio")
        problem.limit_bytes = backend_.options.max_decompressed.count;
    return unsupported(problem);
}

void EventsRoute::handle(http::Request request, Reply reply) {
    const auto head = read_ingest_head(request.head);
    if (!head) return reply.send(unsupported(head.error()));
    const std::size_t wire = request.body.size();
    auto body = decompress(head->encoding, request.body);
    if (!body) return reply.send(refused_body(body.error()));
    metrics_.on_ingest_bytes(wire, body->size());

    DecodeRequest decode;
    decode.media = head->media;
    decode.batch_id = head->batch_id;
    decode.body = std::move(*body);
    if (head->encoding == Encoding::zstd) decode.frames = std::move(request.body);
    decode.now = backend_.clock.now();
    decode.source = request.head.peer;
    auto batch = decoders_.decode(std::move(decode));
    if (!batch) return reply.send(refused_body(batch.error()));
    if (head->reject_on_error && !batch->rejected.empty()) return reply.send(all_rejected_answer(*batch));

    std::shared_ptr<const RejectCounts> rejects;
    if (!batch->rejected.empty()) rejects = std::make_shared<RejectCounts>(count_rejects(*batch));
    backend_.ingestor.submit(
        std::move(*batch), [&metrics = metrics_, &clock = backend_.clock, rejects = std::move(rejects),
                            reply = std::move(reply)](Result<Verdict> verdict) {
            if (!verdict) return reply.send(problem_answer(problem_of(verdict.error())));
            metrics.on_verdict(*verdict, rejects ? *rejects : RejectCounts{}, clock.now());
            reply.send(verdict_answer(*verdict));
        });
}

}  // namespace weir
