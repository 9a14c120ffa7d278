#include "store/rocks_store.h"

#include "store/rocks/engine.h"

namespace weir {

Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options, const Clock& clock) {
    return rocks::RocksStore::open(options, clock);
}

}  // namespace weir
