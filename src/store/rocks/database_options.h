#pragma once

#include <array>
#include <filesystem>

#include <rocksdb/options.h>

#include "store/rocks/keys.h"
#include "store/rocks_store.h"

namespace weir::rocks {

struct DatabaseOptions {
    rocksdb::DBOptions database;
    std::array<rocksdb::ColumnFamilyOptions, family_names.size()> families;  // by Family
};

// How the database is set up. Memory is bounded: `block_cache` for what is read, at most three times
// `write_buffer` for what is written, and 256 open files.
DatabaseOptions database_options(const RocksOptions& options);

// 0, or the errno that says why files cannot be made in the folder.
int check_writable(const std::filesystem::path& folder);

}  // namespace weir::rocks
