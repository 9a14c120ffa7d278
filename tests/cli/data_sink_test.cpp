#include "cli/data_sink.h"

#include <gtest/gtest.h>

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

TEST(DataSink, a_folder_that_is_not_there_is_an_error_with_its_reason) {
    const Result<DataSink> sink = DataSink::file("/nonexistent/out");
    ASSERT_FALSE(sink);
    EXPECT_EQ(sink.error().code, ErrorCode::io);
    EXPECT_NE(sink.error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace weir::cli
