#include "server/ingest_dialect.h"

#include <array>

#include "server/authorization.h"
#include "server/influx_dialect.h"
#include "server/ingest_answers.h"

namespace weir {

std::span<const IngestDialect> ingest_dialects() {
    static const std::array<IngestDialect, 3> dialects{{
        {"/v1/events", {"on_error"}, read_ingest_head, is_authorized, ingest_problem_answer, verdict_answer},
        {"/write",
         {"db", "rp", "precision", "consistency", "u", "p"},
         read_influx1_head,
         is_influx_authorized,
         influx1_problem,
         influx1_verdict},
        {"/api/v2/write",
         {"bucket", "org", "orgID", "precision"},
         read_influx2_head,
         is_influx_authorized,
         influx2_problem,
         influx2_verdict},
    }};
    return dialects;
}

const IngestDialect* ingest_dialect_of(std::string_view path) {
    for (const IngestDialect& dialect : ingest_dialects())
        if (dialect.path == path) return &dialect;
    return nullptr;
}

}  // namespace weir
