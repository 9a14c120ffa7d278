#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/view_reader.h"

namespace weir {

// What raw events say of views, counted the plain way: every line is parsed as a whole by a general JSON
// library. For the proof: shares no code with the feed but the arithmetic of Decimal. Not thread-safe.
class RawViewCounts {
  public:
    explicit RawViewCounts(std::vector<ViewSpec> views) : views_(std::move(views)), panes_(views_.size()) {}

    // Adds the events whose ts lies in the range and that were committed up to `as_of`. Returns how many.
    Result<std::uint64_t> read(StoreReader& events, TimeRange range, std::uint64_t as_of);

    struct Window {
        std::uint64_t total = 0, unusable = 0;
        std::map<Key, ViewValue> groups;
    };
    // Of the view at this place in the list.
    [[nodiscard]] Window window(std::size_t view, Timestamp end) const;
    // The ends, multiples of the slide, of all windows that hold an event read, in the range.
    [[nodiscard]] std::vector<Timestamp> ends(std::size_t view, TimeRange range) const;

  private:
    struct Numbers {
        std::uint64_t count = 0;
        Decimal sum, least, most;  // zero for count
    };
    struct Pane {
        std::uint64_t unusable = 0;
        std::map<Key, Numbers> numbers;
    };
    static void add(Numbers& to, const Numbers& more);
    static std::string text_of(const Numbers& numbers, MeasureKind kind);
    void add(const EventView& event);

    const std::vector<ViewSpec> views_;
    std::vector<std::map<Timestamp, Pane>> panes_;  // by view, by start
};

}  // namespace weir
