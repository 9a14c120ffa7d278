#include <fmt/format.h>

#include "base/log.h"
#include "event/group_by.h"
#include "store/rocks/encoding.h"
#include "store/rocks/engine.h"
#include "store/rocks/errors.h"

namespace weir::rocks {
namespace {

// As the command line takes it.
std::string flags(std::string_view group_by) {
    std::string text;
    for (const std::string& field : group_by_fields(group_by))
        text += fmt::format("{}--group-by '{}'", text.empty() ? "" : " ", field);
    return text;
}

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

RocksStore::RocksStore(const RocksOptions& options, const Clock& clock, std::unique_ptr<Database> database)
    : options_(options),
      clock_(clock),
      database_(std::move(database)),
      producers_([this](std::string_view key) { return database_->get(Family::producers, key); }),
      hot_(options.identity.window, hot_start()) {}

Result<std::unique_ptr<Store>> RocksStore::open(const RocksOptions& options, const Clock& clock) {
    auto database = Database::open(options);
    if (!database) return fail(database.error());
    std::unique_ptr<RocksStore> store(new RocksStore(options, clock, std::move(*database)));
    if (auto loaded = store->load(); !loaded) return fail(loaded.error());
    return std::unique_ptr<Store>(std::move(store));
}

// Replays since the last commit are in memory only; they are kept too.
RocksStore::~RocksStore() {
    const std::scoped_lock lock(commit_mutex_);
    if (ledger_unsaved_ && !failure_) {
        rocksdb::WriteBatch batch;
        batch.Put(database_->family(Family::meta), slice(state_key), slice(encode(state_)));
        if (auto written = database_->write(batch); !written)
            log(LogLevel::warning, "the count of batches that came again was not saved",
                {{"error", written.error().message}});
    }
    snapshot_.reset();
}

Result<void> RocksStore::load() {
    if (auto checked = check_identity(); !checked) return checked;
    const auto state = database_->get(Family::meta, state_key);
    if (!state) return fail(state.error());
    if (!state->has_value()) return corrupt_record("meta record", state_key);
    auto decoded = decode_state(**state);
    if (!decoded) return fail(decoded.error());
    state_ = *decoded;
    snapshot_ = database_->snapshot();
    if (auto loaded = load_dirty_panes(); !loaded) return loaded;
    if (auto loaded = load_hot_panes(); !loaded) return loaded;
    return load_ids();
}

Result<void> RocksStore::check_identity() {
    const auto value = database_->get(Family::meta, identity_key);
    if (!value) return fail(value.error());
    if (!value->has_value()) return create_identity();
    const auto stored = decode_identity(**value);
    if (!stored) return fail(stored.error());
    const std::string folder = options_.folder.string();
    if (stored->version > data_version)
        return fail(ErrorCode::unsupported, "store-newer",
                    fmt::format("the data folder {} has version {}, and this weir knows versions up to {}",
                                folder, stored->version, data_version),
                    "use the weir that made this folder, or a newer one");
    const StoreIdentity& wanted = options_.identity;
    if (stored->group_by != wanted.group_by)
        return fail(ErrorCode::conflict, "store-identity",
                    fmt::format("the data folder {} counts by '{}', not by '{}'", folder,
                                shown_group_by(stored->group_by), shown_group_by(wanted.group_by)),
                    fmt::format("start with {}, or use another folder", flags(stored->group_by)));
    if (stored->pane != wanted.window.pane)
        return fail(
            ErrorCode::conflict, "store-identity",
            fmt::format("the data folder {} has panes of {}, not of {}", folder,
                        format_duration(stored->pane), format_duration(wanted.window.pane)),
            fmt::format("start with --pane {}, or use another folder", format_duration(stored->pane)));
    return {};
}

Result<void> RocksStore::create_identity() {
    Database::Range any(*database_, Family::events, {}, std::string(sizeof(std::uint64_t), '\xFF'));
    if (any.valid()) return corrupt_record("meta record", identity_key);
    rocksdb::WriteBatch batch;
    const StoredIdentity identity{data_version, options_.identity.window.pane, options_.identity.group_by};
    batch.Put(database_->family(Family::meta), slice(identity_key), slice(encode(identity)));
    batch.Put(database_->family(Family::meta), slice(state_key), slice(encode(StoredState{})));
    return database_->write(batch);
}

Result<void> RocksStore::load_dirty_panes() {
    const std::string first(1, dirty_tag);
    Database::Range found(*database_, Family::meta, first, after_prefix(first));
    for (; found.valid(); found.next()) {
        Decoder key(found.key().substr(1)), value(found.value());
        const Timestamp pane = key.time();
        const std::uint64_t version = value.big64();
        if (!key.done() || !value.done()) return corrupt_record("dirty pane", found.key());
        dirty_[pane] = version;
    }
    return found.finish();
}

Result<void> RocksStore::load_hot_panes() {
    Database::Range found(*database_, Family::panes, pane_prefix(hot_.start()),
                          pane_prefix(Timestamp::max()));
    for (; found.valid(); found.next()) {
        Decoder key(found.key());
        const Timestamp pane = key.time();
        const std::uint8_t tag = key.u8();
        const auto count = decode_count(found.value());
        if (!key.ok() || !count) return corrupt_record("pane", found.key());
        if (tag == pane_late_tag)
            hot_.add_late(pane, *count);
        else
            hot_.add(pane, key.rest(), *count);
    }
    hot_.slide_to(running_end());
    return found.finish();
}

}  // namespace weir::rocks
