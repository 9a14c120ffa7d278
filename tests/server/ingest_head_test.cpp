#include "server/ingest_head.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

tl::expected<IngestHead, Problem> read(const Fields& fields, http::QueryParameters query = {}) {
    http::RequestHead head;
    head.query = std::move(query);
    for (const auto& [name, value] : fields)
        head.headers.add(name, value);
    return read_ingest_head(head);
}

std::string refused(const Fields& fields, http::QueryParameters query = {}) {
    const auto head = read(fields, std::move(query));
    return head ? "" : head.error().type;
}

TEST(IngestHead, takes_the_three_media_types) {
    const auto media = [](const std::string& type) { return read({{"Content-Type", type}}).value().media; };
    EXPECT_EQ(media("application/x-ndjson"), MediaType::ndjson);
    EXPECT_EQ(media("application/json"), MediaType::json);
    EXPECT_EQ(media("text/csv"), MediaType::csv);
    EXPECT_EQ(media("Text/CSV; Charset=UTF-8"), MediaType::csv);
    EXPECT_EQ(media("text/csv;charset=\"utf-8\""), MediaType::csv);
    for (const char* type : {"", "text/plain", "application/xml", "text/csv; charset=latin1",
                             "text/csv; header=absent", "text/csv;", "application/json, text/csv", "csv"})
        EXPECT_EQ(refused({{"Content-Type", type}}), "unsupported-media-type") << type;
    EXPECT_EQ(refused({}), "unsupported-media-type");
    EXPECT_EQ(refused({{"Content-Type", "text/csv"}, {"Content-Type", "text/csv"}}),
              "unsupported-media-type");
}

TEST(IngestHead, takes_one_encoding) {
    const auto with = [](const std::string& coding) {
        return Fields{{"Content-Type", "text/csv"}, {"Content-Encoding", coding}};
    };
    EXPECT_EQ(read({{"Content-Type", "text/csv"}}).value().encoding, Encoding::identity);
    EXPECT_EQ(read(with("zstd")).value().encoding, Encoding::zstd);
    EXPECT_EQ(read(with("GZIP")).value().encoding, Encoding::gzip);
    EXPECT_EQ(read(with("identity")).value().encoding, Encoding::identity);
    for (const char* coding : {"", "br", "x-gzip", "gzip, zstd", "zstd;q=1"})
        EXPECT_EQ(refused(with(coding)), "unsupported-encoding") << coding;
    Fields twice = with("zstd");
    twice.emplace_back("Content-Encoding", "zstd");
    EXPECT_EQ(refused(twice), "unsupported-encoding");
}

TEST(IngestHead, takes_one_valid_batch_id) {
    const auto with = [](const std::string& id) {
        return Fields{{"Content-Type", "text/csv"}, {"Idempotency-Key", id}};
    };
    EXPECT_EQ(read(with("r7f3-b1")).value().batch_id, "r7f3-b1");
    EXPECT_EQ(read({{"Content-Type", "text/csv"}}).value().batch_id, "");
    EXPECT_EQ(read(with(std::string(128, 'a'))).value().batch_id.size(), 128U);
    for (const std::string& id :
         {std::string(), std::string("a b"), std::string(129, 'a'), std::string("\xC3\xA4")})
        EXPECT_EQ(refused(with(id)), "invalid-request") << id;
    Fields twice = with("a");
    twice.emplace_back("Idempotency-Key", "a");
    EXPECT_EQ(refused(twice), "invalid-request");
}

TEST(IngestHead, knows_two_ways_with_bad_lines) {
    const Fields csv{{"Content-Type", "text/csv"}};
    EXPECT_FALSE(read(csv).value().reject_on_error);
    EXPECT_FALSE(read(csv, {{"on_error", "skip"}}).value().reject_on_error);
    EXPECT_TRUE(read(csv, {{"on_error", "reject"}}).value().reject_on_error);
    EXPECT_EQ(refused(csv, {{"on_error", "ignore"}}), "invalid-request");
}

}  // namespace
}  // namespace weir
