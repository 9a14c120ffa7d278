#include "store/rocks/records.h"

#include "store/rocks/encoding.h"
#include "store/rocks/errors.h"

namespace weir::rocks {
namespace {

std::string begin_record() {
    return std::string(1, static_cast<char>(record_version));
}

// Reads the version; false (and `error` set) when it is not ours.
Result<void> check_version(Decoder& in, std::string_view what) {
    const std::uint8_t version = in.u8();
    if (version > record_version) return newer_record(what, version);
    if (version == 0) return corrupt_record(what, "without a version");
    return {};
}

void put_reason(std::string& out, RejectReason reason) {
    put_bytes(out, code_of(reason));
}

RejectReason take_reason(Decoder& in) {
    const auto reason = reject_reason_from(in.bytes());
    if (!reason) in.set_failed();
    return reason.value_or(RejectReason::json_invalid);
}

}  // namespace

std::string encode(const StoredIdentity& identity) {
    std::string out = begin_record();
    put_varint(out, identity.version);
    put_varint(out, static_cast<std::uint64_t>(identity.pane.count()));
    put_bytes(out, identity.group_by);
    return out;
}

Result<StoredIdentity> decode_identity(std::string_view value) {
    Decoder in(value);
    if (auto checked = check_version(in, "identity record"); !checked) return fail(checked.error());
    StoredIdentity identity;
    identity.version = in.varint();
    if (in.ok() && identity.version > data_version) return identity;  // what follows may have another form
    identity.pane = Duration{static_cast<std::int64_t>(in.varint())};
    identity.group_by = in.bytes();
    if (!in.done()) return corrupt_record("meta record", "identity");
    return identity;
}

std::string encode(const StoredState& state) {
    std::string out = begin_record();
    const Ledger& ledger = state.ledger;
    for (const std::uint64_t number :
         {state.position, state.oldest_position, state.last_dead_letter, ledger.received, ledger.stored,
          ledger.duplicates, ledger.rejected, ledger.late, ledger.batches, ledger.replays})
        put_varint(out, number);
    return out;
}

Result<StoredState> decode_state(std::string_view value) {
    Decoder in(value);
    if (auto checked = check_version(in, "state record"); !checked) return fail(checked.error());
    StoredState state;
    Ledger& ledger = state.ledger;
    for (std::uint64_t* number :
         {&state.position, &state.oldest_position, &state.last_dead_letter, &ledger.received, &ledger.stored,
          &ledger.duplicates, &ledger.rejected, &ledger.late, &ledger.batches, &ledger.replays})
        *number = in.varint();
    if (!in.done()) return corrupt_record("meta record", "state");
    return state;
}

std::string encode(const BatchMarker& marker) {
    std::string out = begin_record();
    put_big64(out, marker.content.high);
    put_big64(out, marker.content.low);
    const Verdict& verdict = marker.verdict;
    for (const std::uint64_t number : {marker.position, verdict.received, verdict.stored, verdict.duplicates,
                                       verdict.rejected, verdict.late, std::uint64_t{verdict.errors.size()}})
        put_varint(out, number);
    for (const LineError& error : verdict.errors) {
        put_varint(out, error.line);
        put_reason(out, error.reason);
        put_bytes(out, error.message);
    }
    return out;
}

Result<BatchMarker> decode_marker(std::string_view batch_id, std::string_view value) {
    Decoder in(value);
    if (auto checked = check_version(in, "batch marker"); !checked) return fail(checked.error());
    BatchMarker marker;
    marker.content.high = in.big64();
    marker.content.low = in.big64();
    marker.position = in.varint();
    Verdict& verdict = marker.verdict;
    verdict.batch_id = batch_id;
    for (std::uint64_t* number :
         {&verdict.received, &verdict.stored, &verdict.duplicates, &verdict.rejected, &verdict.late})
        *number = in.varint();
    const std::uint64_t errors = in.varint();
    for (std::uint64_t i = 0; i < errors && in.ok(); ++i) {
        LineError error;
        error.line = in.varint();
        error.reason = take_reason(in);
        error.message = in.bytes();
        verdict.errors.push_back(std::move(error));
    }
    if (!in.done()) return corrupt_record("batch marker", batch_id);
    return marker;
}

std::string encode(const DeadLetter& letter) {
    std::string out = begin_record();
    put_time(out, letter.received_at);
    put_bytes(out, letter.batch_id);
    put_bytes(out, letter.source);
    put_varint(out, letter.line);
    put_reason(out, letter.reason);
    put_bytes(out, letter.message);
    put_bytes(out, letter.bytes);
    return out;
}

Result<DeadLetter> decode_dead_letter(std::uint64_t id, std::string_view value) {
    Decoder in(value);
    if (auto checked = check_version(in, "dead letter"); !checked) return fail(checked.error());
    DeadLetter letter;
    letter.id = id;
    letter.received_at = in.time();
    letter.batch_id = in.bytes();
    letter.source = in.bytes();
    letter.line = in.varint();
    letter.reason = take_reason(in);
    letter.message = in.bytes();
    letter.bytes = in.bytes();
    if (!in.done()) return corrupt_record("dead letter", id);
    return letter;
}

std::string encode(const AggregateRow& row) {
    std::string out = begin_record();
    put_bytes(out, row.view);
    put_time(out, row.window_start);
    put_time(out, row.window_end);
    put_varint(out, row.total);
    put_varint(out, row.late);
    put_varint(out, row.revision);
    put_u8(out, row.final ? 1 : 0);
    put_bytes(out, row.run_id);
    put_time(out, row.computed_at);
    put_varint(out, row.as_of);
    put_varint(out, row.counts.size());
    for (const auto& [key, count] : row.counts) {
        put_bytes(out, key);
        put_varint(out, count);
    }
    return out;
}

Result<AggregateRow> decode_row(std::string_view value) {
    Decoder in(value);
    if (auto checked = check_version(in, "aggregate row"); !checked) return fail(checked.error());
    AggregateRow row;
    row.view = in.bytes();
    row.window_start = in.time();
    row.window_end = in.time();
    row.total = in.varint();
    row.late = in.varint();
    row.revision = in.varint();
    row.final = in.u8() != 0;
    row.run_id = in.bytes();
    row.computed_at = in.time();
    row.as_of = in.varint();
    const std::uint64_t keys = in.varint();
    for (std::uint64_t i = 0; i < keys && in.ok(); ++i) {
        const std::string_view key = in.bytes();
        row.counts.emplace_hint(row.counts.end(), key, in.varint());
    }
    if (!in.done()) return corrupt_record("aggregate row", format_rfc3339(row.window_end));
    return row;
}

std::string encode_count(std::uint64_t count) {
    std::string out;
    for (unsigned shift = 0; shift < 64; shift += 8)
        out.push_back(static_cast<char>((count >> shift) & 0xFFU));
    return out;
}

Result<std::uint64_t> decode_count(std::string_view value) {
    if (value.size() != sizeof(std::uint64_t)) return corrupt_record("count", "of a pane");
    std::uint64_t count = 0;
    for (std::size_t i = value.size(); i-- > 0;)
        count = count << 8U | static_cast<std::uint8_t>(value[i]);
    return count;
}

}  // namespace weir::rocks
