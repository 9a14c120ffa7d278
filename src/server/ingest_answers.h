#pragma once

#include "event/batch.h"
#include "event/verdict.h"
#include "http/message.h"
#include "server/problem.h"

namespace weir {

// What POST /v1/events answers: docs/http.md, "Sending events".

http::Response verdict_answer(const Verdict& verdict);
// on_error=reject: what the verdict would have been, had nothing been kept. All lines count as rejected, so
// that it balances.
http::Response all_rejected_answer(const Batch& batch);
// With the list of what is taken where the problem is that it is not.
http::Response ingest_problem_answer(const Problem& problem);

}  // namespace weir
