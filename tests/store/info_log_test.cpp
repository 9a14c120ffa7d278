#include "store/rocks/info_log.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include "temporary_folder.h"

namespace weir::rocks {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(InfoLog, keeps_warnings_and_leaves_out_what_is_less) {
    const test::TemporaryFolder folder;
    const auto log = make_info_log(folder.path());
    rocksdb::Log(rocksdb::WARN_LEVEL, log, "the disk is %d %% full", 97);
    rocksdb::Log(rocksdb::INFO_LEVEL, log, "all is well");
    const std::string text = text_of(folder.path() / "LOG");
    EXPECT_NE(text.find("the disk is 97 % full\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("all is well"), std::string::npos) << text;
}

TEST(InfoLog, goes_on_in_the_file_that_is_there_until_it_is_large) {
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "LOG") << "before\n";
    rocksdb::Log(rocksdb::ERROR_LEVEL, make_info_log(folder.path()), "after");
    EXPECT_EQ(text_of(folder.path() / "LOG").substr(0, 7), "before\n");
    std::filesystem::resize_file(folder.path() / "LOG", (1U << 20U) + 1);
    rocksdb::Log(rocksdb::ERROR_LEVEL, make_info_log(folder.path()), "anew");
    EXPECT_LT(std::filesystem::file_size(folder.path() / "LOG"), 100U);
    EXPECT_EQ(std::filesystem::file_size(folder.path() / "LOG.old"), (1U << 20U) + 1);
}

// RocksDB's own logger ends the process here.
TEST(InfoLog, a_full_disk_is_no_failure_of_the_database) {
    const test::TemporaryFolder folder;
    std::filesystem::create_symlink("/dev/full", folder.path() / "LOG");
    const auto log = make_info_log(folder.path());
    for (int i = 0; i < 3; ++i)
        rocksdb::Log(rocksdb::ERROR_LEVEL, log, "no space left on device");
    rocksdb::Log(rocksdb::ERROR_LEVEL, make_info_log(folder.path() / "none"), "and no folder");
}

}  // namespace
}  // namespace weir::rocks
