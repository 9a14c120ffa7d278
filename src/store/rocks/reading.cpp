#include <algorithm>
#include <filesystem>

#include "codec/stored_lines.h"
#include "store/checks.h"
#include "store/rocks/block_positions.h"
#include "store/rocks/encoding.h"
#include "store/rocks/engine.h"
#include "store/rocks/errors.h"
#include "store/top_counts.h"

namespace weir::rocks {
namespace {

// Calls `visit(pane, tag, key, count)` for every record of the panes in a range.
template <typename Visitor>
Result<void> walk_panes(const Database& database, TimeRange range, const rocksdb::Snapshot* snapshot,
                        const Visitor& visit) {
    if (range.start >= range.end) return {};
    Database::Range found(database, Family::panes, pane_prefix(range.start), pane_prefix(range.end),
                          snapshot);
    for (; found.valid(); found.next()) {
        Decoder key(found.key());
        const Timestamp pane = key.time();
        const std::uint8_t tag = key.u8();
        const auto count = decode_count(found.value());
        if (!key.ok() || !count) return corrupt_record("pane", found.key());
        visit(pane, tag, key.rest(), *count);
    }
    return found.finish();
}

}  // namespace

// The parts of a scan that are used again for every block.
class ScanBuffers {
  public:
    explicit ScanBuffers(const std::string& group_by) : reader(group_by) {}
    StoredLineReader reader;
    rocksdb::PinnableSlice value;
    std::string unpacked;
};

Result<WindowCounts> RocksStore::window_counts(TimeRange range) {
    if (auto checked = check_window_range(range, options_.identity.window.pane); !checked)
        return fail(checked.error());
    Database::Snapshot snapshot;
    TimeRange cold = range;
    CountedKeys hot;
    WindowCounts sum;
    {
        const std::scoped_lock lock(state_mutex_);
        sum.as_of = state_.position;
        hot = hot_.all(range);
        cold.end = std::min(range.end, hot_.start());
        if (cold.start < cold.end) snapshot = snapshot_;
    }
    sum.counts = ordered_by_key(std::move(hot.keys));
    sum.total = hot.total;
    sum.late = hot.late;
    const auto walked =
        walk_panes(*database_, cold, snapshot.get(),
                   [&](Timestamp, std::uint8_t tag, std::string_view key, std::uint64_t count) {
                       if (tag == pane_late_tag) {
                           sum.late += count;
                           return;
                       }
                       sum.counts[Key(key)] += count;
                       sum.total += count;
                   });
    if (!walked) return fail(walked.error());
    return sum;
}

Result<TopCounts> RocksStore::top_counts(TimeRange range, const TopRequest& request) {
    if (auto checked = check_window_range(range, options_.identity.window.pane); !checked)
        return fail(checked.error());
    std::optional<CountedKeys> hot;
    std::uint64_t as_of = 0;
    {
        const std::scoped_lock lock(state_mutex_);
        hot_.slide_to(running_end());
        as_of = state_.position;
        if (range.start >= hot_.start())
            hot = request.match ? hot_.all(range)
                                : hot_.largest(range, std::max<std::size_t>(request.limit, 1));
    }
    if (!hot) return Store::top_counts(range, request);  // some of it is on disk only
    TopCounts top = choose_top(std::move(*hot), request);
    top.as_of = as_of;
    return top;
}

Result<std::vector<PaneCount>> RocksStore::panes(TimeRange range) {
    if (auto checked = check_panes_range(range, options_.identity.window.pane); !checked)
        return fail(checked.error());
    Database::Snapshot snapshot;
    {
        const std::scoped_lock lock(state_mutex_);
        snapshot = snapshot_;
    }
    std::vector<PaneCount> found;
    const auto walked =
        walk_panes(*database_, range, snapshot.get(),
                   [&](Timestamp pane, std::uint8_t tag, std::string_view key, std::uint64_t count) {
                       if (tag == pane_count_tag) found.push_back({pane, Key(key), count});
                   });
    if (!walked) return fail(walked.error());
    return found;
}

Result<ScanEnd> RocksStore::scan(const ScanRequest& request, const EventVisitor& visitor) {
    ScanEnd end;
    std::uint64_t oldest = 0;
    {
        const std::scoped_lock lock(state_mutex_);
        end.as_of = std::min(request.as_of.value_or(state_.position), state_.position);
        oldest = state_.oldest_position;
    }
    ScanBuffers buffers(options_.identity.group_by);
    const ScanCursor from = request.after.value_or(ScanCursor{});
    BlockPositions positions(*database_, request.range, std::max<std::uint64_t>(from.position, 1), end.as_of);
    // All times are in every block: what is read by position alone needs no look at the index.
    const bool all = request.range.start <= min_timestamp && request.range.end >= max_timestamp;
    std::uint64_t following = std::max({from.position, oldest, std::uint64_t{1}});
    while (true) {
        const Result<std::uint64_t> position =
            !all ? positions.next() : Result<std::uint64_t>(following <= end.as_of ? following++ : 0);
        if (!position) return fail(position.error());
        if (*position == 0) return end;
        const std::uint64_t line = *position == from.position ? from.line : 0;
        const auto stopped = scan_block(*position, line, request, buffers, visitor);
        if (!stopped) return fail(stopped.error());
        if (!stopped->has_value()) continue;
        end.next = **stopped;
        return end;
    }
}

// Visits the events of a block from `line` on. Returns where it was stopped, if it was.
Result<std::optional<ScanCursor>> RocksStore::scan_block(std::uint64_t position, std::uint64_t line,
                                                         const ScanRequest& request, ScanBuffers& buffers,
                                                         const EventVisitor& visitor) {
    const auto found = database_->get(Family::events, position_key(position), buffers.value);
    if (!found) return fail(found.error());
    if (!*found) {
        const std::scoped_lock lock(state_mutex_);
        if (position < state_.oldest_position) return std::nullopt;  // dropped for its age meanwhile
        return corrupt_record("block", position);
    }
    const auto block = read_block(buffers.value.ToStringView(), position);
    if (!block) return fail(block.error());
    const auto text = unpack_block(*block, position, buffers.unpacked);
    if (!text) return fail(text.error());
    // Lines that are JSON need not be read where no look at their ts is needed.
    const bool inside = request.range.contains(block->oldest) && request.range.contains(block->newest);
    std::uint64_t number = 0;  // of the line in the block
    std::size_t start = 0;     // of the segment in the text
    for (const Segment& segment : block->segments) {
        Decoder lengths(segment.lengths);
        std::size_t at = start;
        for (std::uint64_t i = 0; i < segment.events; ++i, ++number) {
            const std::size_t length = lengths.varint();
            const std::string_view raw = text->substr(at, length);
            at += length + segment.gap;
            if (number < line) continue;
            if (inside && request.lines_only && segment.format == LineFormat::ndjson) {
                EventView unread;
                unread.line = raw;
                if (visitor(unread) == Visit::stop) return ScanCursor{position, number};
                continue;
            }
            const auto event = buffers.reader.read(segment.format, segment.csv_header, raw);
            if (!event) return fail(event.error());
            if (request.range.contains(event->ts) && visitor(*event) == Visit::stop)
                return ScanCursor{position, number};
        }
        start += segment.bytes;
    }
    return std::nullopt;
}

Result<std::optional<AggregateRow>> RocksStore::row_at(Timestamp window_end) {
    const auto value = database_->get(Family::aggregates, scheduled_key(window_end, options_.identity.view));
    if (!value) return fail(value.error());
    if (!value->has_value()) return std::nullopt;
    auto row = decode_row(**value);
    if (!row) return fail(row.error());
    return std::optional(std::move(*row));
}

Result<std::optional<AggregateRow>> RocksStore::row_of_run(const std::string& run_id) {
    const std::string prefix = run_prefix(run_id);
    Database::Range found(*database_, Family::aggregates, prefix, after_prefix(prefix));
    found.seek_to_last();
    if (!found.valid()) {
        if (auto finished = found.finish(); !finished) return fail(finished.error());
        return std::nullopt;
    }
    auto row = decode_row(found.value());
    if (!row) return fail(row.error());
    return std::optional(std::move(*row));
}

Result<std::optional<AggregateRow>> RocksStore::latest_row() {
    const std::string first(1, scheduled_tag);
    Database::Range found(*database_, Family::aggregates, first, after_prefix(first));
    for (found.seek_to_last(); found.valid(); found.previous()) {
        auto row = decode_row(found.value());
        if (!row) return fail(row.error());
        if (row->view == options_.identity.view) return std::optional(std::move(*row));
    }
    if (auto finished = found.finish(); !finished) return fail(finished.error());
    return std::nullopt;
}

Result<std::vector<AggregateRow>> RocksStore::rows(TimeRange window_ends, std::size_t limit) {
    std::vector<AggregateRow> rows;
    if (window_ends.start >= window_ends.end) return rows;
    Database::Range found(*database_, Family::aggregates, scheduled_prefix(window_ends.start),
                          scheduled_prefix(window_ends.end));
    for (; found.valid() && rows.size() < limit; found.next()) {
        auto row = decode_row(found.value());
        if (!row) return fail(row.error());
        if (row->view == options_.identity.view) rows.push_back(std::move(*row));
    }
    if (auto finished = found.finish(); !finished) return fail(finished.error());
    return rows;
}

Result<DeadLetterPage> RocksStore::dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) {
    DeadLetterPage page;
    Database::Snapshot snapshot;
    std::uint64_t last = 0;
    {
        const std::scoped_lock lock(state_mutex_);
        snapshot = snapshot_;
        last = state_.last_dead_letter;
    }
    if (after >= last) return page;
    std::size_t bytes = 0;
    Database::Range found(*database_, Family::dead_letters, position_key(after + 1), position_key(last + 1),
                          snapshot.get());
    for (; found.valid(); found.next()) {
        auto letter = decode_dead_letter(Decoder(found.key()).big64(), found.value());
        if (!letter) return fail(letter.error());
        if (!received.contains(letter->received_at)) continue;
        const bool full = !page.letters.empty() && bytes + letter->bytes.size() > max_dead_letter_page_bytes;
        if (full || page.letters.size() >= limit) {
            page.next = page.letters.empty() ? after : page.letters.back().id;
            break;
        }
        bytes += letter->bytes.size();
        page.letters.push_back(std::move(*letter));
    }
    if (auto finished = found.finish(); !finished) return fail(finished.error());
    return page;
}

Result<Ledger> RocksStore::ledger() {
    const std::scoped_lock lock(state_mutex_);
    return state_.ledger;
}

Result<std::uint64_t> RocksStore::size_bytes() {
    std::uint64_t bytes = 0;
    std::error_code error;  // files come and go while they are counted
    for (std::filesystem::directory_iterator it(options_.folder, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code gone;
        const std::uintmax_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

}  // namespace weir::rocks
