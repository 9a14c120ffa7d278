#pragma once

#include <functional>
#include <memory>

#include <rocksdb/listener.h>

namespace weir::rocks {

// Calls `on_sync` after each fsync of a log file with the seconds it took; files of tables are not told.
std::shared_ptr<rocksdb::EventListener> make_sync_listener(std::function<void(double seconds)> on_sync);

}  // namespace weir::rocks
