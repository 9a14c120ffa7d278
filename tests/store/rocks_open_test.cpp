// Opening the embedded store: every folder it must refuse, and why; and what it survives.
#include <fstream>

#include <gtest/gtest.h>

#include "batches.h"
#include "harness.h"
#include "store/rocks/database.h"
#include "store/rocks/records.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;

class RocksOpen : public testing::Test {
  protected:
    RocksOptions options() const {
        RocksOptions options;
        options.folder = folder_.path() / "data";
        options.identity = test_identity();
        return options;
    }
    Result<std::unique_ptr<Store>> open(const RocksOptions& options) {
        return open_rocks_store(options, clock_);
    }
    Error error_of(const RocksOptions& wanted) {
        auto store = open(wanted);
        EXPECT_FALSE(store.has_value());
        if (store) return {};
        EXPECT_FALSE(store.error().hint.empty());
        EXPECT_NE(store.error().message.find(wanted.folder.string()), std::string::npos)
            << store.error().message;
        return store.error();
    }
    void commit(int first, int last) {
        auto store = open(options());
        ASSERT_TRUE(store.has_value()) << store.error().message;
        for (int i = first; i <= last; ++i) {
            BatchMaker maker("b" + std::to_string(i), at(3600));
            for (std::uint64_t e = 0; e < 50; ++e)
                maker.add({format_event_id("run", static_cast<std::uint64_t>(i) * 100 + e), at(3600)});
            std::vector<Batch> group{maker.make()};
            ASSERT_TRUE((*store)->commit(group).has_value());
        }
    }
    std::uint64_t stored() {
        auto store = open(options());
        EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message);
        return store ? (*store)->ledger()->stored : 0;
    }
    // The newest write-ahead log that holds anything.
    fs::path log_file() const {
        fs::path newest;
        for (const auto& entry : fs::directory_iterator(options().folder))
            if (entry.path().extension() == ".log" && entry.file_size() > 0 && entry.path() > newest)
                newest = entry.path();
        return newest;
    }
    static void flip(const fs::path& file, std::uintmax_t position) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(position));
        const char byte = static_cast<char>(stream.get() ^ 0x55);
        stream.seekp(static_cast<std::streamoff>(position));
        stream.put(byte);
    }

    TemporaryFolder folder_;
    ManualClock clock_{at(3600)};
};

TEST_F(RocksOpen, a_folder_in_use_is_refused) {
    auto first = open(options());
    ASSERT_TRUE(first.has_value());
    const Error error = error_of(options());
    EXPECT_EQ(error.reason, "store-in-use");
    EXPECT_EQ(error.code, ErrorCode::conflict);
    first->reset();
    EXPECT_TRUE(open(options()).has_value());
}

TEST_F(RocksOpen, a_file_or_a_path_below_a_file_is_refused) {
    std::ofstream(folder_.path() / "data") << "a file";
    EXPECT_EQ(error_of(options()).reason, "store-unwritable");
    RocksOptions below = options();
    below.folder = folder_.path() / "data" / "deeper";
    EXPECT_EQ(error_of(below).reason, "store-unwritable");
}

TEST_F(RocksOpen, a_folder_that_cannot_be_written_is_refused) {
    RocksOptions nowhere = options();
    nowhere.folder = "/proc/weir";  // not even root can make files there
    EXPECT_EQ(error_of(nowhere).reason, "store-unwritable");
}

TEST_F(RocksOpen, another_group_by_or_pane_is_refused_and_both_are_named) {
    commit(1, 1);
    RocksOptions other = options();
    other.identity.group_by = "Waterbody Name";
    Error error = error_of(other);
    EXPECT_EQ(error.reason, "store-identity");
    EXPECT_NE(error.message.find("'County'"), std::string::npos);
    EXPECT_NE(error.message.find("'Waterbody Name'"), std::string::npos);
    other = options();
    other.identity.window.pane = std::chrono::seconds{10};
    error = error_of(other);
    EXPECT_EQ(error.reason, "store-identity");
    EXPECT_NE(error.message.find("1s"), std::string::npos);
    EXPECT_NE(error.message.find("10s"), std::string::npos);
    other = options();  // what may change from one start to the next
    other.identity.view = "another";
    other.identity.window.size = std::chrono::minutes{1};
    other.identity.window.lateness = std::chrono::minutes{1};
    EXPECT_TRUE(open(other).has_value());
}

TEST_F(RocksOpen, a_newer_data_version_is_refused) {
    commit(1, 1);
    {
        auto database = rocks::Database::open(options());
        ASSERT_TRUE(database.has_value());
        rocks::StoredIdentity identity{rocks::data_version + 1, Duration{1000}, "County"};
        rocksdb::WriteBatch batch;
        ASSERT_TRUE(batch
                        .Put((*database)->family(rocks::Family::meta), std::string(rocks::identity_key),
                             encode(identity))
                        .ok());
        ASSERT_TRUE((*database)->write(batch).has_value());
    }
    const Error error = error_of(options());
    EXPECT_EQ(error.reason, "store-newer");
    EXPECT_EQ(error.code, ErrorCode::unsupported);
}

TEST_F(RocksOpen, a_log_that_was_cut_while_it_was_written_ends_there) {
    commit(1, 3);
    const fs::path log = log_file();
    ASSERT_FALSE(log.empty());
    fs::resize_file(log, fs::file_size(log) - 3);
    EXPECT_EQ(stored(), 100U);  // the last commit's write is torn, and with it all of that group
    commit(1, 3);
    EXPECT_EQ(stored(), 150U);
}

TEST_F(RocksOpen, damage_inside_the_log_is_refused_and_never_skipped) {
    commit(1, 3);
    flip(log_file(), fs::file_size(log_file()) / 2);
    EXPECT_EQ(error_of(options()).reason, "store-corrupt");
}

TEST_F(RocksOpen, damage_in_a_block_fails_the_scan) {
    commit(1, 3);
    {
        auto database = rocks::Database::open(options());
        ASSERT_TRUE(database.has_value());
        auto value = (*database)->get(rocks::Family::events, rocks::position_key(2));
        ASSERT_TRUE(value.has_value() && value->has_value());
        (**value)[value->value().size() / 2] ^= 0x10;
        rocksdb::WriteBatch batch;
        ASSERT_TRUE(
            batch.Put((*database)->family(rocks::Family::events), rocks::position_key(2), **value).ok());
        ASSERT_TRUE((*database)->write(batch).has_value());
    }
    auto store = open(options());
    ASSERT_TRUE(store.has_value());
    const auto end =
        (*store)->scan({{at(0), at(9999)}, {}, {}}, [](const EventView&) { return Visit::next; });
    ASSERT_FALSE(end.has_value());
    EXPECT_EQ(end.error().reason, "store-corrupt");
}

TEST_F(RocksOpen, a_missing_block_fails_the_scan) {
    commit(1, 3);
    {
        auto database = rocks::Database::open(options());
        rocksdb::WriteBatch batch;
        ASSERT_TRUE(batch.Delete((*database)->family(rocks::Family::events), rocks::position_key(2)).ok());
        ASSERT_TRUE((*database)->write(batch).has_value());
    }
    auto store = open(options());
    const auto end =
        (*store)->scan({{at(0), at(9999)}, {}, {}}, [](const EventView&) { return Visit::next; });
    ASSERT_FALSE(end.has_value());
    EXPECT_EQ(end.error().reason, "store-corrupt");
}

TEST_F(RocksOpen, counts_the_bytes_on_disk) {
    commit(1, 3);
    auto store = open(options());
    EXPECT_GT(*(*store)->size_bytes(), 1000U);
}

}  // namespace
}  // namespace weir::test
