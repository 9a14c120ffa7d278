#include "cli/token_file.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "cli/program.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;

// The reason of refusal, or "" with the token in `token`.
std::string refusal(const std::string& content, std::string* token = nullptr) {
    const test::TemporaryFolder folder;
    const std::string path = folder.file("token", content);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    Console console(ColorMode::never);
    const Result<std::string> read = read_token_file(path, console);
    if (!read) return read.error().message;
    if (token != nullptr) *token = *read;
    return "";
}

TEST(TokenFile, is_trimmed) {
    std::string token;
    EXPECT_EQ(refusal("  0123456789abcdef\r\n\n", &token), "");
    EXPECT_EQ(token, "0123456789abcdef");
}

TEST(TokenFile, holds_at_least_sixteen_characters) {
    EXPECT_NE(refusal("0123456789abcde\n").find("15 characters"), std::string::npos);
    EXPECT_NE(refusal(" \n").find("empty"), std::string::npos);
    EXPECT_NE(refusal("").find("empty"), std::string::npos);
}

TEST(TokenFile, holds_one_printable_word) {
    EXPECT_NE(refusal("0123456789abcdef 0123"), "");
    EXPECT_NE(refusal("0123456789abcdef\n0123456789abcdef"), "");
    EXPECT_NE(refusal("0123456789abcd\xC3\xA4"), "");
    EXPECT_NE(refusal(std::string(5000, 'x')), "");
}

TEST(TokenFile, an_error_never_holds_the_token) {
    EXPECT_EQ(refusal("secret-word").find("secret-word"), std::string::npos);
    EXPECT_EQ(refusal("secret-word with-space-and-more").find("secret-word"), std::string::npos);
}

TEST(TokenFile, a_missing_file_and_a_folder_are_usage_errors) {
    Console console(ColorMode::never);
    EXPECT_EQ(read_token_file("/nonexistent/token", console).error().code, ErrorCode::usage);
    EXPECT_EQ(read_token_file("/", console).error().code, ErrorCode::usage);
}

TEST(TokenFile, others_who_can_read_it_cause_a_warning) {
    const test::TemporaryFolder folder;
    const std::string path = folder.file("token", "0123456789abcdef");
    fs::permissions(path, fs::perms::owner_all | fs::perms::others_read);
    Console console(ColorMode::never);
    testing::internal::CaptureStderr();
    EXPECT_TRUE(read_token_file(path, console));
    EXPECT_NE(testing::internal::GetCapturedStderr().find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace weir::cli
