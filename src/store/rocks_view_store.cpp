#include <array>

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include "store/rocks/encoding.h"
#include "store/rocks/errors.h"
#include "store/rocks/info_log.h"
#include "store/view_store.h"

namespace weir {
namespace {

using rocks::Decoder;

// Keys: a letter, bytes name, time. 'c' has no time and holds the progress, 'p' a pane by its start, 'r' a
// row by its end. Values:
//   groups    varint total, varint unusable, varint keys, then for each: bytes key, varint count, bytes sum,
//             bytes min, bytes max (decimal numbers as text, empty for zero)
//   row       varint revision, time computed_at, varint as_of, groups
//   progress  bytes spec, varint next, and time due if there is one
// and 'm', which is empty, marks a pane by its start.
constexpr char progress_tag = 'c', pane_tag = 'p', row_tag = 'r', mark_tag = 'm';
constexpr std::array<char, 3> timed_tags{pane_tag, row_tag, mark_tag};

constexpr std::string_view made_again =
    "stop weir, delete the folder views in the data folder, and start it again: it is made again from the "
    "raw "
    "events";

std::string key_of(char tag, const std::string& view) {
    std::string key(1, tag);
    rocks::put_bytes(key, view);
    return key;
}

std::string key_of(char tag, const std::string& view, Timestamp time) {
    std::string key = key_of(tag, view);
    rocks::put_time(key, time);
    return key;
}

void put_decimal(std::string& out, const Decimal& value) {
    rocks::put_bytes(out, value == Decimal() ? std::string() : value.text());
}

void put_groups(std::string& out, const ViewGroups& groups) {
    rocks::put_varint(out, groups.total);
    rocks::put_varint(out, groups.unusable);
    rocks::put_varint(out, groups.groups.size());
    for (const auto& [key, measure] : groups.groups) {
        rocks::put_bytes(out, key);
        rocks::put_varint(out, measure.count);
        for (const Decimal* const value : {&measure.sum, &measure.min, &measure.max})
            put_decimal(out, *value);
    }
}

Decimal take_decimal(Decoder& in) {
    const std::string_view text = in.bytes();
    if (text.empty()) return {};
    const auto value = Decimal::parse_sum(text);
    if (!value) in.set_failed();
    return value.value_or(Decimal());
}

ViewGroups take_groups(Decoder& in) {
    ViewGroups groups;
    groups.total = in.varint();
    groups.unusable = in.varint();
    for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        Key key(in.bytes());
        Measure measure;
        measure.count = in.varint();
        for (Decimal* const value : {&measure.sum, &measure.min, &measure.max})
            *value = take_decimal(in);
        groups.groups.emplace_hint(groups.groups.end(), std::move(key), measure);
    }
    return groups;
}

tl::unexpected<Error> damaged(const std::string& view, std::string_view what) {
    return fail(ErrorCode::storage, "store-corrupt",
                fmt::format("the {} of the view {} cannot be read", what, view), std::string(made_again));
}

class RocksViewStore final : public ViewStore {
  public:
    explicit RocksViewStore(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}

    Result<std::optional<ViewProgress>> progress(const std::string& view) override {
        auto value = get(key_of(progress_tag, view));
        if (!value) return fail(std::move(value).error());
        if (!*value) return std::nullopt;
        Decoder in(**value);
        ViewProgress progress;
        progress.spec = in.bytes();
        progress.next = in.varint();
        if (!in.rest().empty()) progress.due = in.time();
        if (!in.done()) return damaged(view, "progress");
        return std::optional(std::move(progress));
    }

    Result<std::map<Timestamp, ViewGroups>> panes(const std::string& view, TimeRange range) override {
        std::map<Timestamp, ViewGroups> found;
        auto walked = walk(pane_tag, view, range, [&](Timestamp start, std::string_view value) {
            Decoder in(value);
            found.emplace_hint(found.end(), start, take_groups(in));
            return in.done() ? Walk::next : Walk::damaged;
        });
        if (!walked) return fail(std::move(walked).error());
        return found;
    }

    Result<std::optional<Timestamp>> first_pane(const std::string& view, Timestamp from) override {
        std::optional<Timestamp> first;
        auto walked = walk(pane_tag, view, {from, Timestamp::max()}, [&](Timestamp start, std::string_view) {
            first = start;
            return Walk::stop;
        });
        if (!walked) return fail(std::move(walked).error());
        return first;
    }

    Result<std::vector<Timestamp>> marked(const std::string& view, std::size_t limit) override {
        std::vector<Timestamp> found;
        auto walked = walk(mark_tag, view, {Timestamp::min(), Timestamp::max()},
                           [&](Timestamp start, std::string_view) {
                               found.push_back(start);
                               return found.size() < limit ? Walk::next : Walk::stop;
                           });
        if (!walked) return fail(std::move(walked).error());
        return found;
    }

    Result<std::optional<ViewWindow>> row(const std::string& view, Timestamp end) override {
        auto found = rows(view, {end, end + Duration{1}}, 1);
        if (!found) return fail(std::move(found).error());
        return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
    }

    Result<std::vector<ViewWindow>> rows(const std::string& view, TimeRange ends,
                                         std::size_t limit) override {
        std::vector<ViewWindow> found;
        auto walked = walk(row_tag, view, ends, [&](Timestamp end, std::string_view value) {
            Decoder in(value);
            ViewWindow row;
            row.end = end;
            row.revision = in.varint();
            row.computed_at = in.time();
            row.as_of = in.varint();
            row.of = take_groups(in);
            found.push_back(std::move(row));
            if (!in.done()) return Walk::damaged;
            return found.size() < limit ? Walk::next : Walk::stop;
        });
        if (!walked) return fail(std::move(walked).error());
        return found;
    }

    Result<void> put(std::span<const ViewChange> changes) override {
        rocksdb::WriteBatch batch;
        const auto put_one = [&](const std::string& key, const std::string& value) { batch.Put(key, value); };
        for (const ViewChange& change : changes) {
            for (const auto& [start, groups] : change.panes) {
                std::string value;
                put_groups(value, groups);
                put_one(key_of(pane_tag, change.view, start), value);
            }
            for (const ViewWindow& row : change.rows) {
                std::string value;
                rocks::put_varint(value, row.revision);
                rocks::put_time(value, row.computed_at);
                rocks::put_varint(value, row.as_of);
                put_groups(value, row.of);
                put_one(key_of(row_tag, change.view, row.end), value);
            }
            for (const Timestamp start : change.marked)
                put_one(key_of(mark_tag, change.view, start), {});
            for (const Timestamp start : change.cleared)
                batch.Delete(key_of(mark_tag, change.view, start));
            std::string progress;
            rocks::put_bytes(progress, change.progress.spec);
            rocks::put_varint(progress, change.progress.next);
            if (change.progress.due) rocks::put_time(progress, *change.progress.due);
            put_one(key_of(progress_tag, change.view), progress);
        }
        return write(batch);
    }

    Result<void> drop_before(const std::string& view, Timestamp oldest) override {
        rocksdb::WriteBatch batch;
        for (const char tag : timed_tags)
            batch.DeleteRange(key_of(tag, view, Timestamp::min()), key_of(tag, view, oldest));
        return write(batch);
    }

    Result<void> drop(const std::string& view) override {
        rocksdb::WriteBatch batch;
        batch.Delete(key_of(progress_tag, view));
        for (const char tag : timed_tags)
            batch.DeleteRange(key_of(tag, view, Timestamp::min()), key_of(tag, view, Timestamp::max()));
        return write(batch);
    }

  private:
    Result<std::optional<std::string>> get(const std::string& key) {
        std::string value;
        const auto status = db_->Get({}, key, &value);
        if (status.IsNotFound()) return std::nullopt;
        if (!status.ok()) return fail(rocks::storage_error(status, "read the views"));
        return std::optional(std::move(value));
    }

    Result<void> write(rocksdb::WriteBatch& batch) {
        rocksdb::WriteOptions options;
        options.sync = true;
        const auto status = db_->Write(options, &batch);
        if (!status.ok()) return fail(rocks::storage_error(status, "write the views"));
        return {};
    }

    enum class Walk { next, stop, damaged };

    // `visit(time, value)` for the records in the range, until it says stop.
    template <typename Visitor>
    Result<void> walk(char tag, const std::string& view, TimeRange range, const Visitor& visit) {
        if (range.start >= range.end) return {};
        const std::string prefix = key_of(tag, view), from = key_of(tag, view, range.start),
                          to = key_of(tag, view, range.end);
        const rocksdb::Slice upper(to);
        rocksdb::ReadOptions options;
        options.iterate_upper_bound = &upper;
        const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
        Walk then = Walk::next;
        for (at->Seek(from); then == Walk::next && at->Valid(); at->Next()) {
            Decoder key(at->key().ToStringView().substr(prefix.size()));
            const Timestamp time = key.time();
            then = key.done() ? visit(time, at->value().ToStringView()) : Walk::damaged;
        }
        if (then == Walk::damaged) return damaged(view, tag == row_tag ? "row" : "pane");
        if (!at->status().ok()) return fail(rocks::storage_error(at->status(), "read the views"));
        return {};
    }

    const std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

Result<std::unique_ptr<ViewStore>> open_rocks_view_store(const std::filesystem::path& folder) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = std::size_t{8} << 20U;
    options.compression = rocksdb::kZSTD;
    // As in the events' database (store/rocks/database_options.cpp).
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.max_bgerror_resume_count = 0;
    std::error_code ignored;  // the database says what is wrong with its folder
    std::filesystem::create_directories(folder, ignored);
    options.info_log = rocks::make_info_log(folder);
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options, folder.string(), &db);
    std::unique_ptr<rocksdb::DB> owned(db);
    if (!status.ok()) {
        Error error = rocks::storage_error(status, fmt::format("open the folder {}", folder.string()));
        if (error.reason == "store-corrupt") error.hint = made_again;
        return fail(std::move(error));
    }
    return std::make_unique<RocksViewStore>(std::move(owned));
}

}  // namespace weir
