#include "cli/data_sink.h"

#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/program.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;

TEST(DataSink, a_file_has_its_name_only_when_it_is_whole) {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "out").string();
    {
        Result<DataSink> sink = DataSink::file(path);
        ASSERT_TRUE(sink);
        ASSERT_TRUE(sink->write("one\n"));
        EXPECT_FALSE(fs::exists(path));
        ASSERT_TRUE(sink->write(std::string(100'000, 'x')));
        ASSERT_TRUE(sink->finish());
    }
    EXPECT_EQ(test::read_file(path), "one\n" + std::string(100'000, 'x'));
    EXPECT_FALSE(fs::exists(path + ".partial"));
}

TEST(DataSink, what_was_not_finished_stays_partial) {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "out").string();
    {
        Result<DataSink> sink = DataSink::file(path);
        ASSERT_TRUE(sink->write("one\n"));
    }
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(test::read_file(path + ".partial"), "one\n");
}

TEST(DataSink, what_is_no_file_is_written_to_and_not_replaced) {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "pipe").string();
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::string read;
    std::thread reader([&] { read = test::read_file(path); });
    {
        Result<DataSink> sink = DataSink::file(path);
        ASSERT_TRUE(sink) << sink.error().message;
        ASSERT_TRUE(sink->write("one\n"));
        ASSERT_TRUE(sink->finish());
    }
    reader.join();
    EXPECT_EQ(read, "one\n");
    EXPECT_TRUE(fs::is_fifo(path));
    EXPECT_FALSE(fs::exists(path + ".partial"));
}

TEST(DataSink, a_link_stays_and_what_it_points_to_gets_the_data) {
    const test::TemporaryFolder folder;
    const fs::path file = folder.path() / "file", link = folder.path() / "link";
    std::ofstream(file) << "before";
    fs::create_symlink(file, link);
    Result<DataSink> sink = DataSink::file(link.string());
    ASSERT_TRUE(sink) << sink.error().message;
    ASSERT_TRUE(sink->write("after"));
    EXPECT_EQ(test::read_file(file.string()), "before");
    ASSERT_TRUE(sink->finish());
    EXPECT_EQ(test::read_file(file.string()), "after");
    EXPECT_TRUE(fs::is_symlink(link));
}

TEST(DataSink, a_folder_that_is_not_there_is_an_error_with_its_reason) {
    const test::TemporaryFolder folder;
    const Result<DataSink> sink = DataSink::file((folder.path() / "missing" / "out").string());
    ASSERT_FALSE(sink);
    EXPECT_EQ(sink.error().code, ErrorCode::io);
    EXPECT_NE(sink.error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace weir::cli
