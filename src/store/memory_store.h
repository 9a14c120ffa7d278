#pragma once

#include <memory>

#include "store/store.h"
#include "window/window.h"

namespace weir {

// What every Store is opened for. A store that holds data made for other values refuses to open.
struct StoreIdentity {
    std::string group_by = "County";
    std::string view;   // the name of the scheduled rows' view
    WindowSpec window;  // pane and lateness matter here; the rest is the aggregator's
};

// The model of a Store: plain containers under one lock, obviously right, nothing durable. For tests of what
// stands above.
std::unique_ptr<Store> make_memory_store(StoreIdentity identity);

}  // namespace weir
