#include "server/ingest_answers.h"

#include <fmt/format.h>

#include "codec/json_rows.h"
#include "server/answer.h"
#include "server/ingest_head.h"

namespace weir {
namespace {

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

}  // namespace

http::Response verdict_answer(const Verdict& verdict) {
    http::Response response = verdict.rejected > 0 ? rejected_answer(verdict, verdict.rejected, false)
                                                   : json_answer(200, to_json(verdict));
    if (verdict.replayed) response.headers.add("Idempotency-Replayed", "true");
    return response;
}

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

http::Response ingest_problem_answer(const Problem& problem) {
    http::Response response = problem_answer(problem);
    if (problem.type == "unsupported-media-type")
        response.headers.add("Accept-Post", std::string(accepted_media_types));
    if (problem.type == "unsupported-encoding")
        response.headers.add("Accept-Encoding", std::string(accepted_encodings));
    return response;
}

}  // namespace weir
