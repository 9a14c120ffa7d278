#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_string.h"
#include "base/text.h"
#include "codec/json_rows.h"

namespace weir {
namespace {

void append_number(std::string& out, std::string_view name, std::uint64_t value) {
    const fmt::format_int digits(value);
    ((out += name) += ':').append(digits.data(), digits.size());
}

void append_time(std::string& out, std::string_view name, Timestamp t) {
    (out += name) += ":\"";
    append_rfc3339(out, t);
    out += '"';
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    (out += name) += ':';
    append_json_string(out, text);
}

using Count = KeyCounts::value_type;

void append_count(std::string& out, std::string_view key, std::uint64_t count) {
    append_json_string(out, key);
    const fmt::format_int digits(count);
    (out += ':').append(digits.data(), digits.size());
}

void append_top_counts(std::string& out, const KeyCounts& counts, std::size_t top) {
    std::vector<const Count*> largest;
    largest.reserve(counts.size());
    for (const Count& count : counts)
        largest.push_back(&count);
    const auto end = largest.begin() + static_cast<std::ptrdiff_t>(std::min(top, largest.size()));
    std::partial_sort(largest.begin(), end, largest.end(), [](const Count* a, const Count* b) {
        return a->second != b->second ? a->second > b->second : a->first < b->first;
    });
    out += '{';
    for (auto it = largest.begin(); it != end; ++it) {
        if (it != largest.begin()) out += ',';
        append_count(out, (*it)->first, (*it)->second);
    }
    out += '}';
}

void append_first_counts(std::string& out, const std::vector<RankedKey>& counts, std::size_t top) {
    out += '{';
    for (std::size_t i = 0; i < std::min(top, counts.size()); ++i) {
        if (i != 0) out += ',';
        append_count(out, counts[i].key, counts[i].count);
    }
    out += '}';
}

// The record around its counts, which `append_counts` writes. `keys`: of a row that was cut, how many it has.
template <typename AppendCounts>
void append_row(std::string& out, const AggregateRow& row, std::optional<std::size_t> keys,
                const AppendCounts& append_counts) {
    append_text(out, R"({"view")", row.view);
    append_time(out, R"(,"window_start")", row.window_start);
    append_time(out, R"(,"window_end")", row.window_end);
    append_time(out, R"(,"updated")", row.window_end);
    append_number(out, R"(,"total")", row.total);
    out += R"(,"counts":)";
    append_counts();
    if (keys) append_number(out, R"(,"keys")", *keys);
    append_number(out, R"(,"late")", row.late);
    append_number(out, R"(,"revision")", row.revision);
    out += row.final ? R"(,"final":true,"run_id":)" : R"(,"final":false,"run_id":)";
    if (row.run_id.empty())
        out += "null";
    else
        append_json_string(out, row.run_id);
    append_time(out, R"(,"computed_at")", row.computed_at);
    append_number(out, R"(,"as_of")", row.as_of);
    out += R"(,"schema":1})";
}

}  // namespace

void append_json(std::string& out, const KeyCounts& counts) {
    out += '{';
    bool first = true;
    for (const Count& count : counts) {
        if (!first) out += ',';
        first = false;
        append_count(out, count.first, count.second);
    }
    out += '}';
}

void append_json(std::string& out, const AggregateRow& row, std::optional<std::size_t> top) {
    append_row(out, row, top ? std::optional(row.counts.size()) : std::nullopt, [&] {
        if (top)
            append_top_counts(out, row.counts, *top);
        else
            append_json(out, row.counts);
    });
}

void append_json(std::string& out, const TopRow& row, std::size_t top) {
    append_row(out, row.row, row.keys, [&] { append_first_counts(out, row.largest, top); });
}

std::string to_json(const AggregateRow& row, std::optional<std::size_t> top) {
    std::string out;
    append_json(out, row, top);
    return out;
}

std::string rows_to_json(std::span<const AggregateRow> rows, std::optional<Timestamp> next) {
    std::string out = R"({"rows":[)";
    for (const AggregateRow& row : rows) {
        if (&row != rows.data()) out += ',';
        append_json(out, row);
    }
    out += ']';
    if (next)
        append_time(out, R"(,"next")", *next);
    else
        out += R"(,"next":null)";
    return out += '}';
}

void append_json_members(std::string& out, const Verdict& verdict) {
    append_text(out, R"("batch_id")", verdict.batch_id);
    append_number(out, R"(,"received")", verdict.received);
    append_number(out, R"(,"stored")", verdict.stored);
    append_number(out, R"(,"duplicates")", verdict.duplicates);
    append_number(out, R"(,"rejected")", verdict.rejected);
    append_number(out, R"(,"late")", verdict.late);
    out += R"(,"errors":[)";
    for (const LineError& error : verdict.errors) {
        if (&error != verdict.errors.data()) out += ',';
        append_number(out, R"({"line")", error.line);
        append_text(out, R"(,"code")", code_of(error.reason));
        append_text(out, R"(,"message")", error.message);
        out += '}';
    }
    out += ']';
}

std::string to_json(const Verdict& verdict) {
    std::string out = "{";
    append_json_members(out, verdict);
    return out += '}';
}

std::string to_json(const Ledger& ledger) {
    std::string out;
    append_number(out, R"({"received")", ledger.received);
    append_number(out, R"(,"stored")", ledger.stored);
    append_number(out, R"(,"duplicates")", ledger.duplicates);
    append_number(out, R"(,"rejected")", ledger.rejected);
    append_number(out, R"(,"late")", ledger.late);
    append_number(out, R"(,"batches")", ledger.batches);
    append_number(out, R"(,"replays")", ledger.replays);
    return out += ledger.balances() ? R"(,"balances":true})" : R"(,"balances":false})";
}

void append_json(std::string& out, const DeadLetter& letter) {
    append_number(out, R"({"id")", letter.id);
    append_time(out, R"(,"received_at")", letter.received_at);
    append_text(out, R"(,"batch_id")", letter.batch_id);
    append_text(out, R"(,"source")", letter.source);
    append_number(out, R"(,"line")", letter.line);
    append_text(out, R"(,"code")", code_of(letter.reason));
    append_text(out, R"(,"message")", letter.message);
    if (is_utf8(letter.bytes)) {
        append_text(out, R"(,"bytes")", letter.bytes);
        out += R"(,"bytes_base64":null})";
    } else {
        out += R"(,"bytes":null,"bytes_base64":")";
        out += base64_encode(letter.bytes);
        out += R"("})";
    }
}

std::string to_json(const DeadLetter& letter) {
    std::string out;
    append_json(out, letter);
    return out;
}

std::string dead_letters_to_json(std::span<const DeadLetter> letters, std::optional<std::uint64_t> next) {
    std::string out = R"({"dead_letters":[)";
    for (const DeadLetter& letter : letters) {
        if (&letter != letters.data()) out += ',';
        append_json(out, letter);
    }
    out += ']';
    if (next)
        append_number(out, R"(,"next")", *next);
    else
        out += R"(,"next":null)";
    return out += '}';
}

}  // namespace weir
