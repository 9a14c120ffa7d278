#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/decimal.h"
#include "base/time.h"
#include "event/event.h"
#include "window/view_spec.h"

namespace weir {

// What the numbers of some events come to. Merging is exact, and its order does not matter.
struct Measure {
    std::uint64_t count = 0;  // of the events, at least 1 in a group that is there
    Decimal sum, min, max;    // of the measured field; zero for count, which measures none

    void add(const Decimal& value);
    void merge(const Measure& other);
    bool operator==(const Measure&) const = default;
};

// What a view says of it, as a JSON number. A mean is rounded to 12 digits after the point, half to even.
std::string value_text(const Measure& measure, MeasureKind kind);

// The events of one pane or window of a view.
struct ViewGroups {
    std::map<Key, Measure> groups;
    std::uint64_t total = 0;     // events in groups
    std::uint64_t unusable = 0;  // events that the view cannot use: see view_event.h

    void merge(const ViewGroups& other);
    [[nodiscard]] bool empty() const { return total == 0 && unusable == 0; }
    bool operator==(const ViewGroups&) const = default;
};

// A window of a view, counted at one moment; as a row it is stored by its end.
struct ViewWindow {
    Timestamp end;
    ViewGroups of;
    std::uint64_t revision = 0;  // how often the row was rewritten since events arrived after it was written
    Timestamp computed_at;
    std::uint64_t as_of = 0;  // exactly the events committed up to this position are in it

    bool operator==(const ViewWindow&) const = default;
};

}  // namespace weir
