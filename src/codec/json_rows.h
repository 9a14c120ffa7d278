#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/aggregate_row.h"
#include "event/dead_letter.h"
#include "event/verdict.h"

namespace weir {

// The records that go over HTTP, as docs/http.md shows them. The server writes them, RemoteStore, the
// transports and the command line read them. Written on one line without spaces and without a final line
// break.
//
// Reading checks every field it returns, ignores fields it does not know, and lets no exception out. What is
// not such a record is ErrorCode::invalid, "answer-invalid"; the message names the record and the field.
// Nesting and size are bounded by the caller's limit on the length of an answer. Thread-safe.

// `top`: only the so many largest counts, largest first (equal ones by key), and `keys`, the number of keys
// in all.
std::string to_json(const AggregateRow& row, std::optional<std::size_t> top = {});
void append_json(std::string& out, const AggregateRow& row, std::optional<std::size_t> top = {});
// The same answer from a row that was cut already: its first `top` counts.
void append_json(std::string& out, const TopRow& row, std::size_t top);
// A row that was cut by `top` is read with the counts it has. `updated` must be `window_end`, `schema` 1.
Result<AggregateRow> aggregate_row_from_json(std::string_view text);

// `{"Delaware":187,…}`, in the order of the keys' bytes.
void append_json(std::string& out, const KeyCounts& counts);

// One page of GET /v1/rows; `next` is the `from` of the following page.
struct RowPage {
    std::vector<AggregateRow> rows;
    std::optional<Timestamp> next;
};
std::string rows_to_json(std::span<const AggregateRow> rows, std::optional<Timestamp> next);
Result<RowPage> rows_from_json(std::string_view text);

// `replayed` is not part of it: it is the header Idempotency-Replayed.
std::string to_json(const Verdict& verdict);
// The members of to_json(verdict) without the braces, to stand beside others: `"batch_id":…,"errors":[…]`.
void append_json_members(std::string& out, const Verdict& verdict);
// Also reads a problem (422) that carries these members.
Result<Verdict> verdict_from_json(std::string_view text);

std::string to_json(const Ledger& ledger);
Result<Ledger> ledger_from_json(std::string_view text);

// One page of GET /v1/dead-letters; `next` is the `after` of the following page.
struct DeadLetters {
    std::vector<DeadLetter> letters;
    std::optional<std::uint64_t> next;
};
std::string to_json(const DeadLetter& letter);
void append_json(std::string& out, const DeadLetter& letter);
std::string dead_letters_to_json(std::span<const DeadLetter> letters, std::optional<std::uint64_t> next);
Result<DeadLetters> dead_letters_from_json(std::string_view text);

}  // namespace weir
