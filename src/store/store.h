#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "event/aggregate_row.h"
#include "event/batch.h"
#include "event/verdict.h"

namespace weir {

// The counts of a time range, at one moment of the store.
struct WindowCounts {
    KeyCounts counts;
    std::uint64_t total = 0;  // the sum of counts
    std::uint64_t late = 0;
    std::uint64_t as_of = 0;  // the position up to which committed events are counted
};

// Which counts of a time range are wanted: the largest, of all keys or of those that a search finds.
struct TopRequest {
    std::size_t limit = 1;  // how many, at least 1
    std::optional<std::string>
        match;  // only keys that contain it, without regard to the case of ASCII letters
};

// Those counts, at one moment of the store.
struct TopCounts {
    std::vector<RankedKey> largest;  // largest first, equal ones in the order of the keys' bytes
    std::size_t keys = 0;            // that there were to choose from: those that the search found
    std::uint64_t total = 0;         // of all keys, found or not
    std::uint64_t late = 0;
    std::uint64_t as_of = 0;  // as of WindowCounts
};

// One pane of one key. For audit: panes are what weir counted, independent of the rows.
struct PaneCount {
    Timestamp pane;
    Key key;
    std::uint64_t count = 0;
    bool operator==(const PaneCount&) const = default;
};

// Where a scan goes on: the next line that was not visited. Opaque to callers except for equality; see
// format_cursor.
struct ScanCursor {
    std::uint64_t position = 0;  // of the block
    std::uint64_t line = 0;      // events of the block already passed, matching or not
    bool operator==(const ScanCursor&) const = default;
};
std::string format_cursor(const ScanCursor& cursor);
Result<ScanCursor> parse_cursor(const std::string& text);

struct ScanRequest {
    TimeRange range;                     // by the events' ts
    std::optional<std::uint64_t> as_of;  // only events committed up to this position; absent: all
    std::optional<ScanCursor> after;     // go on from here
    bool lines_only =
        false;  // the visitor looks at EventView::line alone: the store may leave the rest empty
};

// What the visitor wants: go on, or stop before the event it was just given (that event is then the cursor's
// next one).
enum class Visit { next, stop };
using EventVisitor = std::function<Visit(const EventView&)>;

struct ScanEnd {
    std::optional<ScanCursor> next;  // set when the visitor stopped the scan
    std::uint64_t as_of = 0;         // the position that the scan saw
};

// A page of dead letters ends before it holds more bytes of lines than this (but holds at least one letter).
constexpr std::size_t max_dead_letter_page_bytes = std::size_t{4} << 20U;

struct DeadLetterPage {
    std::vector<DeadLetter> letters;
    std::optional<std::uint64_t> next;  // pass as `after` for the next page
};

// What can be read of a store: the proof, the queries and the export stand on this alone, so that they run
// the same on the embedded store, over HTTP and on DynamoDB. Thread-safe. Every call may fail with
// ErrorCode::io, ::unreachable or ::storage.
class StoreReader {
  public:
    virtual ~StoreReader() = default;

    // The sum of the panes in a pane-aligned range (ErrorCode::invalid, "window-unaligned" otherwise).
    virtual Result<WindowCounts> window_counts(TimeRange range) = 0;
    // The largest counts of the same. Here by way of window_counts; a store of many keys has a cheaper one.
    virtual Result<TopCounts> top_counts(TimeRange range, const TopRequest& request);
    // Every pane of a pane-aligned range, ordered by pane, then key. Ranges of at most an hour
    // (ErrorCode::invalid, "range-too-long").
    virtual Result<std::vector<PaneCount>> panes(TimeRange range) = 0;
    // The raw events of the range in the order they were committed; EventView::line is always a JSON object.
    virtual Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) = 0;

    virtual Result<std::optional<AggregateRow>> row_at(Timestamp window_end) = 0;
    // The row of a run; of several, the one with the newest window.
    virtual Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) = 0;
    virtual Result<std::optional<AggregateRow>> latest_row() = 0;
    // Scheduled rows with window_end in the range, ascending, at most `limit`.
    virtual Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) = 0;

    // Dead letters received in the range with an id greater than `after`, ascending by id.
    virtual Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after,
                                                std::size_t limit) = 0;
    virtual Result<Ledger> ledger() = 0;

    // Whether the store numbers its commits: only then does scan honour ScanRequest::as_of, rise as_of with
    // each commit, and stand for exactly the events that a count saw. Where it does not, as_of is the time in
    // epoch milliseconds at which the reading began, and a scan gives all that is there.
    [[nodiscard]] virtual bool has_positions() const { return true; }
};

// A pane that changed after a window over it may have been written. `version` tells whether it changed again
// meanwhile.
struct DirtyPane {
    Timestamp pane;
    std::uint64_t version = 0;
};

// Where events and rows live. One Store owns its data; commit is called from one thread, everything else from
// any.
class Store : public StoreReader {
  public:
    // Does ahead what a commit would otherwise do on its one thread (such as compressing the lines). Never
    // needed for a right answer, may be called once for a batch, from any thread.
    virtual void prepare(Batch& batch) const { static_cast<void>(batch); }

    // Commits a group atomically and durably, each batch with its raw events, pane deltas, dead letters and
    // marker, and returns one answer a batch, in order. A batch that was committed before is not stored
    // again: its first verdict comes back with replayed = true. The same batch_id with other content is
    // refused (ErrorCode::conflict, "batch-conflict"). Events whose (producer, sequence) is stored already
    // are duplicates; a store may be told to say the same of other event_ids. When the outer Result fails
    // with ErrorCode::storage nothing of the group is acknowledged, and every later call fails likewise.
    virtual Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) = 0;

    // Panes that changed since they were last cleared, ascending; what a scheduler must look at again after a
    // restart too.
    virtual Result<std::vector<DirtyPane>> dirty_panes() = 0;
    // Writes rows and clears those of `cleared` whose version did not move, in one atomic write. A scheduled
    // row's key is (view, window_end), a run's row (run_id, window_end).
    virtual Result<void> put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) = 0;

    // Drops what is older than `oldest`: panes that lie wholly before it, rows by their window end, dead
    // letters by the time they were received; raw events and batch markers, from the oldest position on, by
    // the time they were received and by their ts (so that an event is kept at least until its ts is older
    // than `oldest`).
    virtual Result<void> drop_before(Timestamp oldest) = 0;
    // How many event_ids are remembered in memory to tell events apart (0 where none are).
    [[nodiscard]] virtual std::uint64_t remembered_ids() const { return 0; }
    // Bytes on disk (0 where it makes no sense).
    virtual Result<std::uint64_t> size_bytes() = 0;
};

}  // namespace weir
