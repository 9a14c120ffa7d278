#include "store/rocks/database_options.h"

#include <algorithm>
#include <cerrno>

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>
#include <unistd.h>

#include "store/rocks/info_log.h"
#include "store/rocks/records.h"
#include "store/rocks/sync_listener.h"

namespace weir::rocks {
namespace {

constexpr int max_open_files = 256;
constexpr std::size_t small_write_buffer = std::size_t{4} << 20U;

// Adds 8-byte counts, least significant byte first.
class AddCounts final : public rocksdb::AssociativeMergeOperator {
  public:
    bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value,
               std::string* sum, rocksdb::Logger*) const override {
        const auto added = decode_count(value.ToStringView());
        const auto before =
            existing == nullptr ? Result<std::uint64_t>(0) : decode_count(existing->ToStringView());
        if (!added || !before) return false;
        *sum = encode_count(*before + *added);
        return true;
    }
    const char* Name() const override { return "weir.AddCounts"; }
};

rocksdb::DBOptions database_part(const RocksOptions& options) {
    rocksdb::DBOptions settings;
    settings.env = options.env != nullptr ? options.env : rocksdb::Env::Default();
    settings.create_if_missing = true;
    settings.create_missing_column_families = true;
    // A log that was cut while it was written ends there; one that is damaged before its end is refused,
    // where the default would quietly begin without what follows, though it was acknowledged.
    settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    // A write that failed is never tried again behind our back: what is on disk is known after a restart.
    // (Its own retries also race with closing the database.)
    settings.max_bgerror_resume_count = 0;
    settings.recycle_log_file_num = 0;  // a reused log cannot tell an old tail from damage
    settings.max_total_wal_size =
        options.write_buffer.count * 4;  // or a family that is seldom flushed keeps every log
    settings.db_write_buffer_size = static_cast<std::size_t>(options.write_buffer.count) * 2;
    settings.avoid_unnecessary_blocking_io = true;  // files are deleted in the background
    settings.max_open_files = max_open_files;
    settings.max_background_jobs = 2;
    settings.bytes_per_sync = std::uint64_t{1} << 20U;  // so that a flush does not end in one long fsync
    settings.stats_dump_period_sec = 0;
    settings.stats_persist_period_sec = 0;
    settings.info_log = make_info_log(options.folder);
    settings.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    if (options.on_sync) settings.listeners.push_back(make_sync_listener(options.on_sync));
    return settings;
}

}  // namespace

DatabaseOptions database_options(const RocksOptions& options) {
    DatabaseOptions settings;
    settings.database = database_part(options);

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(static_cast<std::size_t>(options.block_cache.count));
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = false;
    table.checksum = rocksdb::kXXH3;
    table.format_version = 5;
    rocksdb::BlockBasedTableOptions filtered =
        table;  // for families in which single keys are looked up, mostly in vain
    filtered.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

    rocksdb::ColumnFamilyOptions small;
    small.compression = rocksdb::kLZ4Compression;
    small.write_buffer_size = small_write_buffer;
    small.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    std::fill(settings.families.begin(), settings.families.end(), small);

    const auto of = [&](Family family) -> rocksdb::ColumnFamilyOptions& {
        return settings.families[static_cast<std::size_t>(family)];
    };
    of(Family::events).compression = rocksdb::kNoCompression;  // blocks are compressed before they come here
    of(Family::events).write_buffer_size = static_cast<std::size_t>(options.write_buffer.count);
    of(Family::panes).merge_operator = std::make_shared<AddCounts>();
    for (const Family looked_up : {Family::batches, Family::producers})
        of(looked_up).table_factory.reset(rocksdb::NewBlockBasedTableFactory(filtered));
    return settings;
}

int check_writable(const std::filesystem::path& folder) {
    return access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

}  // namespace weir::rocks
