#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/store.h"
#include "store/view_reader.h"
#include "store/view_store.h"

namespace weir {

// Keeps the views up to date: reads the raw events in the order of their commits, once for all views, and
// writes what it read of them together with how far it read, in one atomic write. So no crash and no restart
// loses or doubles an event, and a view that is new begins with the oldest event that is kept. Thread-safe.
class ViewFeed final : public ViewReader {
  public:
    struct Options {
        std::vector<ViewSpec> views;
        Duration settle{
            std::chrono::seconds{1}};      // a row is written when its window has been over for so long
        std::size_t blocks_at_once = 64;   // of events that are read before their counts are written
        std::size_t rows_at_once = 500;    // in one write
        std::size_t rows_per_tick = 5000;  // catching up goes on at the next tick
    };
    // Takes up what `records` holds; a view that it holds under another definition is made anew.
    static Result<std::unique_ptr<ViewFeed>> open(StoreReader& events, ViewStore& records, const Clock& clock,
                                                  Options options);

    // Reads what was committed, and writes the rows that are due: of windows that closed, and again of those
    // for which events arrived later (revision + 1). A window without events has no row. What takes too long,
    // or failed, the next tick takes up again.
    Result<void> tick();
    // Drops panes and rows before `oldest`.
    Result<void> drop_before(Timestamp oldest);

    Result<std::vector<ViewStatus>> views() override;
    Result<ViewRow> window(const std::string& view, std::optional<Timestamp> end) override;
    Result<std::vector<ViewRow>> rows(const std::string& view, TimeRange ends, std::size_t limit) override;

  private:
    struct View {
        ViewSpec spec;
        ViewProgress progress;
    };
    using Deltas = std::map<Timestamp, ViewGroups>;  // by pane

    ViewFeed(StoreReader& events, ViewStore& records, const Clock& clock, Options options);
    Result<void> load();
    Result<void> put(std::span<const ViewChange> changes);
    Result<void> make_certain();
    Result<std::uint64_t> committed();
    Result<bool> catch_up(std::uint64_t as_of, std::size_t passes);
    Result<std::uint64_t> read_some(std::uint64_t as_of);
    Result<bool> count(const std::vector<View*>& views, std::uint64_t last);
    Result<ViewChange> merged(const View& view, const Deltas& deltas) const;
    Result<ViewWindow> sum(const View& view, Timestamp end) const;
    Result<View*> find(const std::string& view);
    Result<std::size_t> write_rows(View& view, std::size_t limit);
    Result<std::size_t> rewrite_rows(View& view);
    Result<std::size_t> write_due_rows(View& view, Timestamp due);
    Result<bool> append_row(const View& view, Timestamp end, std::vector<ViewWindow>& rows) const;

    StoreReader& events_;
    ViewStore& records_;
    const Clock& clock_;
    const Options options_;
    std::mutex mutex_;  // guards what follows; held for one pass at a time
    std::vector<View> views_;
    std::uint64_t blocks_ = 0;  // read at once: more where there are none
    bool uncertain_ = false;    // whether views_ is what is stored, since a write failed
};

}  // namespace weir
