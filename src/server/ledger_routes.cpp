#include "server/ledger_routes.h"

#include <limits>

#include "codec/json_rows.h"
#include "server/answer.h"

namespace weir {
namespace {

constexpr std::uint64_t default_letters = 100;
constexpr std::uint64_t max_letters = 1000;

Result<http::Response> dead_letters(Backend& backend, const Call& call) {
    const Query query = call.query();
    const auto range = query.range(false);
    if (!range) return fail(range.error());
    const auto after = query.number("after", 0, std::numeric_limits<std::uint64_t>::max());
    if (!after) return fail(after.error());
    const auto limit = query.number("limit", 1, max_letters);
    if (!limit) return fail(limit.error());
    const auto page =
        backend.store.dead_letters(*range, after->value_or(0), limit->value_or(default_letters));
    if (!page) return fail(page.error());
    return json_answer(200, dead_letters_to_json(page->letters, page->next));
}

Result<http::Response> ledger(Backend& backend, const Call&) {
    const auto found = backend.store.ledger();
    if (!found) return fail(found.error());
    return json_answer(200, to_json(*found));
}

}  // namespace

void add_ledger_routes(Router& router, Backend& backend) {
    router.add({"GET",
                "/v1/dead-letters",
                {"from", "to", "after", "limit"},
                Where::worker,
                [&backend](const Call& call) { return dead_letters(backend, call); }});
    router.add({"GET", "/v1/ledger", {}, Where::worker, [&backend](const Call& call) {
                    return ledger(backend, call);
                }});
}

}  // namespace weir
