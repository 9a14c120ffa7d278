#include "base/base64.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

TEST(Base64, is_that_of_rfc_4648) {
    // Section 10.
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64_encode(plain), encoded);
        EXPECT_EQ(base64_decode(encoded), plain);
    }
    EXPECT_TRUE(
        rc::check([](const std::string& bytes) { RC_ASSERT(base64_decode(base64_encode(bytes)) == bytes); }));
}

TEST(Base64, takes_nothing_that_it_would_not_write) {
    for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "=Zg=", "Z===", "Zm9v\n", "Zm 9",
                             "Zg==Zg==", "Zm9-", "Zg= ", "Zm=v", "Zm9*", " Zm9v   "})
        EXPECT_FALSE(base64_decode(text)) << text;
}

}  // namespace
}  // namespace weir
