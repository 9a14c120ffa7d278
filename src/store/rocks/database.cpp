#include "store/rocks/database.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>

#include "store/rocks/database_options.h"
#include "store/rocks/errors.h"

namespace weir::rocks {
namespace {

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

tl::unexpected<Error> opening_failed(const rocksdb::Status& status, const std::filesystem::path& folder) {
    const std::string text = status.ToString();
    if (status.IsIOError() && (text.find("lock hold by current process") != std::string::npos ||
                               text.find("While lock file") != std::string::npos))
        return fail(ErrorCode::conflict, "store-in-use",
                    fmt::format("the data folder {} is in use by another weir", folder.string()),
                    "stop the other one, or give this one a folder of its own with --data-dir");
    Error error = storage_error(status, fmt::format("open the data folder {}", folder.string()));
    if (text.find("Permission denied") != std::string::npos ||
        text.find("Read-only file system") != std::string::npos) {
        error.reason = "store-unwritable";
        error.hint = "make the folder writable, or choose another one with --data-dir";
    }
    return fail(std::move(error));
}

// All families of the folder; a weir that has more of them than this one is newer.
Result<bool> check_families(const RocksOptions& options, const rocksdb::DBOptions& settings) {
    const std::string folder = options.folder.string();
    if (!settings.env->FileExists(folder + "/CURRENT").ok()) return false;
    std::vector<std::string> names;
    if (const auto status = rocksdb::DB::ListColumnFamilies(settings, folder, &names); !status.ok())
        return opening_failed(status, options.folder);
    for (const std::string& name : names) {
        const bool known = name == rocksdb::kDefaultColumnFamilyName ||
                           std::find(family_names.begin(), family_names.end(), name) != family_names.end();
        if (!known)
            return fail(
                ErrorCode::unsupported, "store-newer",
                fmt::format("the data folder {} holds '{}', which this weir does not know", folder, name),
                "use the weir that made this folder, or a newer one");
    }
    return true;
}

Result<void> make_folder(const std::filesystem::path& folder) {
    const auto unwritable = [&](const std::string& why) {
        return fail(ErrorCode::io, "store-unwritable",
                    fmt::format("the data folder {} cannot be written: {}", folder.string(), why),
                    "make the folder writable, or choose another one with --data-dir");
    };
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder))
        return unwritable(error ? error.message() : "it is not a folder");
    if (const int failed = check_writable(folder); failed != 0)
        return unwritable(std::error_code(failed, std::generic_category()).message());
    return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const RocksOptions& options) {
    if (auto made = make_folder(options.folder); !made) return fail(made.error());
    const DatabaseOptions settings = database_options(options);
    const auto exists = check_families(options, settings.database);
    if (!exists) return fail(exists.error());
    Families families;
    for (std::size_t i = 0; i < family_names.size(); ++i)
        families.emplace_back(std::string(family_names[i]), settings.families[i]);
    const rocksdb::ColumnFamilyDescriptor unused(rocksdb::kDefaultColumnFamilyName, {});

    std::unique_ptr<Database> database(new Database);
    const auto status = *exists ? database->open_all(settings.database, options.folder, families, unused)
                                : database->make_all(settings.database, options.folder, families, unused);
    if (!status.ok()) return opening_failed(status, options.folder);
    return database;
}

rocksdb::Status Database::open_all(const rocksdb::DBOptions& settings, const std::filesystem::path& folder,
                                   Families families, const rocksdb::ColumnFamilyDescriptor& unused) {
    families.push_back(unused);
    rocksdb::DB* db = nullptr;
    auto status = rocksdb::DB::Open(settings, folder.string(), families, &handles_, &db);
    db_.reset(db);
    return status;
}

// A new folder has its families made in one call: one after another, as open would make them, each writes and
// syncs all options again. What a killed process leaves half-made is completed by open_all.
rocksdb::Status Database::make_all(const rocksdb::DBOptions& settings, const std::filesystem::path& folder,
                                   const Families& families, const rocksdb::ColumnFamilyDescriptor& unused) {
    std::vector<rocksdb::ColumnFamilyHandle*> first;
    rocksdb::DB* db = nullptr;
    auto status = rocksdb::DB::Open(settings, folder.string(), {unused}, &first, &db);
    db_.reset(db);
    if (status.ok()) status = db_->CreateColumnFamilies(families, &handles_);
    handles_.insert(handles_.end(), first.begin(), first.end());
    return status;
}

Database::~Database() {
    if (!db_) return;
    for (rocksdb::ColumnFamilyHandle* handle : handles_)
        static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
    static_cast<void>(db_->Close());
}

Result<std::optional<std::string>> Database::get(Family which, std::string_view key) const {
    rocksdb::PinnableSlice value;
    const auto found = get(which, key, value);
    if (!found) return fail(found.error());
    return *found ? std::optional(value.ToString()) : std::nullopt;
}

Result<bool> Database::get(Family which, std::string_view key, rocksdb::PinnableSlice& value) const {
    value.Reset();
    rocksdb::ReadOptions read;
    read.fill_cache = which != Family::events;  // a scan must not push out what every commit looks up
    const auto status = db_->Get(read, family(which), slice(key), &value);
    if (status.ok()) return true;
    if (status.IsNotFound()) return false;
    return fail(storage_error(status, "read from the data folder"));
}

Result<void> Database::write(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto status = db_->Write(options, &batch);
    if (!status.ok()) return fail(storage_error(status, "write to the data folder"));
    return {};
}

Database::Snapshot Database::snapshot() const {
    rocksdb::DB* db = db_.get();
    return {db->GetSnapshot(), [db](const rocksdb::Snapshot* held) { db->ReleaseSnapshot(held); }};
}

void Database::free_files(Family which, std::string_view from, std::string_view to) {
    const rocksdb::Slice begin = slice(from), end = slice(to);
    // The space is all that is lost when this fails: compaction gives it back later.
    static_cast<void>(rocksdb::DeleteFilesInRange(db_.get(), family(which), &begin, &end, false));
}

Database::Range::Range(const Database& database, Family family, std::string from, std::string to,
                       const rocksdb::Snapshot* snapshot)
    : from_(std::move(from)), to_(std::move(to)), lower_(from_), upper_(to_) {
    rocksdb::ReadOptions read;
    read.iterate_lower_bound = &lower_;
    read.iterate_upper_bound = &upper_;
    read.snapshot = snapshot;
    read.fill_cache = family != Family::events;
    iterator_.reset(database.db_->NewIterator(read, database.family(family)));
    iterator_->Seek(lower_);
}

Result<void> Database::Range::finish() const {
    if (const auto status = iterator_->status(); !status.ok())
        return fail(storage_error(status, "read from the data folder"));
    return {};
}

std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xFF')
        prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

}  // namespace weir::rocks
