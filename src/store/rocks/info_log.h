#pragma once

#include <filesystem>
#include <memory>

namespace rocksdb {
class Logger;
}

namespace weir::rocks {

// The database's own log, warnings and errors, in the file LOG of its folder; over 1 MiB it is renamed to
// LOG.old when it is opened. What cannot be written is left out: RocksDB's own logger ends the process at the
// second write to a full disk (an assertion in writable_file_writer.h).
std::shared_ptr<rocksdb::Logger> make_info_log(const std::filesystem::path& folder);

}  // namespace weir::rocks
