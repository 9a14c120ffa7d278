#include "server/authorization.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

bool with(const std::vector<std::string>& values, std::string_view token = "s3cret") {
    http::RequestHead head;
    for (const std::string& value : values)
        head.headers.add("Authorization", value);
    return is_authorized(head, token);
}

TEST(Authorization, takes_the_token_and_nothing_else) {
    EXPECT_TRUE(with({"Bearer s3cret"}));
    EXPECT_TRUE(with({"bearer s3cret"})) << "RFC 9110, section 11.1: schemes are case-insensitive";
    for (const char* value :
         {"", "Bearer", "Bearer ", "s3cret", "Basic s3cret", "Bearer s3cre", "Bearer s3cret2",
          "Bearer S3cret", "Bearer s3crets3cret", "Bearer s3cret ", "Bearers3cret"})
        EXPECT_FALSE(with({value})) << value;
    EXPECT_FALSE(with({}));
    EXPECT_FALSE(with({"Bearer s3cret", "Bearer s3cret"})) << "two are one too many";
}

TEST(Authorization, asks_for_none_where_there_is_none) {
    EXPECT_TRUE(with({}, ""));
    EXPECT_TRUE(with({"Bearer anything"}, ""));
}

}  // namespace
}  // namespace weir
