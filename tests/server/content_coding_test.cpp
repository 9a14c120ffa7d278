// Accept-Encoding, RFC 9110, 12.5.3.
#include "server/content_coding.h"

#include <gtest/gtest.h>

namespace weir::test {
namespace {

bool accepts(std::vector<std::string> values) {
    http::Headers headers;
    headers.add("Host", "x");
    for (std::string& value : values)
        headers.add("accept-encoding", std::move(value));
    return accepts_gzip(headers);
}

TEST(ContentCoding, gzip_is_sent_to_whoever_names_it) {
    for (const char* value : {"gzip", "GZIP", "deflate, gzip;q=1.0, *;q=0.5", "br ,\tgzip ; q=0.001",
                              "x-gzip", "*", "gzip;q=1, identity;q=0", "*;q=0, gzip"})
        EXPECT_TRUE(accepts({value})) << value;
    EXPECT_TRUE(accepts({"br", "gzip"}));
}

TEST(ContentCoding, and_to_no_other) {
    EXPECT_FALSE(accepts({}));
    for (const char* value : {"", "br", "gzip;q=0", "gzip;q=0.000", "gzip; Q=0", "*;q=0", "gzip;q=0, *",
                              "gzipped", "identity", ",,;"})
        EXPECT_FALSE(accepts({value})) << value;
}

}  // namespace
}  // namespace weir::test
