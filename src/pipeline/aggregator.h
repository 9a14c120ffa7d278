#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "event/aggregate_row.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

// What a tick has done.
struct TickReport {
    std::size_t rows = 0;          // written
    std::size_t windows_left = 0;  // that may have to be written or made final, and were not looked at
};

// Turns panes into aggregate rows. A scheduled row is first written when its window has been over for
// `settle`, rewritten with revision + 1 whenever events arrive for it after that, and rewritten as final once
// the allowed lateness has passed. Thread-safe: ticks run one at a time; the direct trigger and the live view
// wait for nobody.
class Aggregator {
  public:
    struct Options {
        std::string view;
        WindowSpec window;
        Duration settle{std::chrono::seconds{1}};
        // Rows are kept right while window_end > now - retention. The store must keep panes for one window
        // longer, else a row would be recounted without its oldest panes.
        Duration retention{std::chrono::hours{24 * 7}};
        std::size_t max_rows_per_tick = 5000;  // catching up after a long stop goes on at the next tick
        // Rows that are counted before they are put at once: what a tick that is ended from outside has lost.
        // With 1 they are stored in the order of their windows whatever the store does, so that one that
        // cannot be put is never passed over.
        std::size_t rows_per_put = 256;
        Duration deadline_margin{2'000};  // of a tick; or as long as its slowest row, if that is more
        // Where a program starts often and reading rows costs money: the first tick looks for rows that are
        // not yet final from the newest backwards, as far as an hour that begins with a final one, and not
        // through all that are kept. (Rows become final in their order, and before any newer one is written,
        // so that none is passed over.)
        bool starts_often = false;
        // Called for each scheduled row once it is stored, from the thread that ticks; throws nothing.
        std::function<void(const AggregateRow&)> on_row{};
    };
    Aggregator(Store& store, const Clock& clock, Options options);

    // Writes every row that is due now: windows that have closed since the last row stored (after a stop, all
    // that were missed within retention; on an empty store, from the window that closed last, so that none
    // after it can be missed), windows over dirty panes, and rows that became final. Returns how many rows
    // were written. After an error the next tick takes it up again.
    Result<std::size_t> tick();
    // As tick, for a schedule that says which time it is for: what is due, and what is final, is decided as
    // of `now`. Only AggregateRow::computed_at is the clock's.
    Result<std::size_t> tick_at(Timestamp now);
    // As tick_at, by a deadline of the clock: begins no row when the margin before it is not left. What was
    // counted is stored; the rest is the next tick's.
    Result<TickReport> tick_until(Timestamp now, Timestamp deadline);

    // The direct trigger: counts the window that ends at `at` (must be pane-aligned, reason
    // "window-unaligned"; at most one pane after now, "window-in-future"; default: the end of the pane that
    // now lies in) and writes it as the row of `run_id` (is_valid_id, "run-id-invalid"). Scheduled rows are
    // not touched.
    Result<AggregateRow> aggregate(const std::string& run_id, std::optional<Timestamp> at);

    // A window at any pane-aligned end, counted but not stored. The live view.
    Result<AggregateRow> live(std::optional<Timestamp> at);
    // The same window, cut to the counts that the request asks for: cheap also with very many keys.
    Result<TopRow> live_top(std::optional<Timestamp> at, const TopRequest& request);

  private:
    class Tick;
    [[nodiscard]] Timestamp present_end(Timestamp now) const;
    [[nodiscard]] Result<Timestamp> live_end(std::optional<Timestamp> at, Timestamp now) const;
    [[nodiscard]] AggregateRow uncounted_row(Timestamp end,
                                             Timestamp now) const;  // `now` decides what is final
    Result<AggregateRow> count(Timestamp end, Timestamp now);

    Store& store_;
    const Clock& clock_;
    const Options options_;
    std::mutex mutex_;  // guards what follows
    Timestamp last_tick_ = min_timestamp;
    Timestamp final_until_ = min_timestamp;  // all rows with window_end before it are known to be final
};

}  // namespace weir
