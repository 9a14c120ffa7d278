#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/write_batch.h>

#include "store/rocks/keys.h"
#include "store/rocks_store.h"

namespace weir::rocks {

// The opened database: column families by name, one write policy, and its answers as Results. Thread-safe.
class Database {
  public:
    // Errors: see open_rocks_store.
    static Result<std::unique_ptr<Database>> open(const RocksOptions& options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family family) const {
        return handles_[static_cast<std::size_t>(family)];
    }

    // A record; nothing, when there is none.
    [[nodiscard]] Result<std::optional<std::string>> get(Family family, std::string_view key) const;
    // The same for one large value, without a copy where that is possible; false when there is none. `value`
    // may be reused.
    [[nodiscard]] Result<bool> get(Family family, std::string_view key, rocksdb::PinnableSlice& value) const;

    // Writes atomically and durably: returns after the fsync. The only way anything is written.
    [[nodiscard]] Result<void> write(rocksdb::WriteBatch& batch);

    // What the database holds at this moment, for as long as it is held.
    using Snapshot = std::shared_ptr<const rocksdb::Snapshot>;
    [[nodiscard]] Snapshot snapshot() const;

    // Walks [from, to) of a family; `snapshot` may be null. Check finish() at its end.
    class Range {
      public:
        Range(const Database& database, Family family, std::string from, std::string to,
              const rocksdb::Snapshot* snapshot = nullptr);
        [[nodiscard]] bool valid() const { return iterator_->Valid(); }
        void next() { iterator_->Next(); }
        void seek(std::string_view key) { iterator_->Seek({key.data(), key.size()}); }
        void seek_to_last() { iterator_->SeekToLast(); }
        void previous() { iterator_->Prev(); }
        [[nodiscard]] std::string_view key() const { return iterator_->key().ToStringView(); }
        [[nodiscard]] std::string_view value() const { return iterator_->value().ToStringView(); }
        // Whether it ended for want of records and not for an error.
        [[nodiscard]] Result<void> finish() const;

      private:
        std::string from_, to_;
        rocksdb::Slice lower_, upper_;
        std::unique_ptr<rocksdb::Iterator> iterator_;
    };

    // Gives back the disk space of whole files of [from, to) at once; what was deleted there must be deleted
    // already.
    void free_files(Family family, std::string_view from, std::string_view to);

  private:
    using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;

    Database() = default;
    rocksdb::Status open_all(const rocksdb::DBOptions& settings, const std::filesystem::path& folder,
                             Families families, const rocksdb::ColumnFamilyDescriptor& unused);
    rocksdb::Status make_all(const rocksdb::DBOptions& settings, const std::filesystem::path& folder,
                             const Families& families, const rocksdb::ColumnFamilyDescriptor& unused);

    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // by Family, then the default family, which is empty
};

// The smallest key above all keys that begin with `prefix`.
std::string after_prefix(std::string prefix);

}  // namespace weir::rocks
