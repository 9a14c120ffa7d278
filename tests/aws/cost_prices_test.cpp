#include "aws/cost_prices.h"

#include <gtest/gtest.h>

#include "price_file.h"

namespace weir::aws {
namespace {

TEST(CostPrices, the_built_in_file_says_where_each_figure_comes_from) {
    const PriceList list = built_in_prices();
    EXPECT_EQ(list.region(), "us-east-1");
    for (std::size_t i = 0; i < meter_count; ++i) {
        const Price& price = list.price(static_cast<Meter>(i));
        EXPECT_FALSE(price.service.empty()) << meter_name(static_cast<Meter>(i));
        EXPECT_NE(price.source.find("aws.amazon.com/"), std::string::npos)
            << meter_name(static_cast<Meter>(i));
    }
    const auto file = price_file();
    for (const auto& [name, entry] : file["assumptions"].items())
        EXPECT_FALSE(entry["why"].get<std::string>().empty()) << name;
}

// AWS's price pages, us-east-1.
TEST(CostPrices, of_the_built_in_file_are_those_of_aws) {
    const PriceList list = built_in_prices();
    EXPECT_DOUBLE_EQ(list.price(Meter::dynamodb_write).usd_of(1e6), 0.625);
    EXPECT_DOUBLE_EQ(list.price(Meter::dynamodb_read).usd_of(1e6), 0.125);
    EXPECT_DOUBLE_EQ(list.price(Meter::sqs_request).usd_of(1e6), 0.40);
    EXPECT_DOUBLE_EQ(list.price(Meter::lambda_request).usd_of(1e6), 0.20);
    EXPECT_DOUBLE_EQ(list.price(Meter::lambda_gb_second).usd_of(1), 0.0000166667);
    EXPECT_DOUBLE_EQ(list.price(Meter::kinesis_shard_hour).usd_of(730), 10.95);
    EXPECT_DOUBLE_EQ(list.price(Meter::dynamodb_write_hour).free, 25 * 730);
    EXPECT_DOUBLE_EQ(list.price(Meter::dynamodb_storage).free, 25);
}

TEST(CostPrices, an_unverified_figure_makes_the_list_unverified) {
    nlohmann::json file = price_file();
    for (auto& price : file["prices"])
        price["verified"] = true;
    EXPECT_TRUE(prices_of(file).all_verified());
    file["prices"]["alarm"]["verified"] = false;
    EXPECT_FALSE(prices_of(file).all_verified());
}

TEST(CostPrices, what_is_missing_or_no_number_is_named) {
    const auto message_of = [](const nlohmann::json& file) {
        const Result<PriceList> list = PriceList::parse(file.dump());
        if (list) return std::string("accepted");
        EXPECT_EQ(list.error().code, ErrorCode::usage);
        EXPECT_EQ(list.error().reason, "prices-invalid");
        return list.error().message;
    };
    nlohmann::json file = price_file();
    file["prices"].erase("sqs-request");
    EXPECT_NE(message_of(file).find("sqs-request"), std::string::npos);
    for (const nlohmann::json& wrong : {nlohmann::json("0.4"), nlohmann::json(-1), nlohmann::json()}) {
        file = price_file();
        file["prices"]["alarm"]["usd"] = wrong;
        EXPECT_NE(message_of(file).find("'alarm'"), std::string::npos);
        file = price_file();
        file["assumptions"]["sqs-pollers"]["value"] = wrong;
        EXPECT_NE(message_of(file).find("'sqs-pollers'"), std::string::npos);
    }
    file = price_file();
    file["prices"]["alarm"]["per"] = 0;
    EXPECT_NE(message_of(file).find("'alarm'"), std::string::npos);
    file = price_file();
    file["compression"]["blocks"] = {{10, 5}, {1, 2}};
    EXPECT_NE(message_of(file).find("compression.blocks"), std::string::npos);
    file = price_file();
    file.erase("date");
    EXPECT_NE(message_of(file).find("date"), std::string::npos);
    EXPECT_FALSE(PriceList::parse("[]"));
    EXPECT_FALSE(PriceList::parse("{"));
}

TEST(CostPrices, compression_follows_the_logarithm_between_its_points) {
    nlohmann::json file = price_file();
    file["compression"]["messages"] = {{1, 2.0}, {100, 6.0}};
    const PriceList list = prices_of(file);
    EXPECT_DOUBLE_EQ(list.message_compression(1), 2);
    EXPECT_DOUBLE_EQ(list.message_compression(10), 4);  // half-way by the logarithm
    EXPECT_DOUBLE_EQ(list.message_compression(100), 6);
    EXPECT_DOUBLE_EQ(list.message_compression(5000), 6);
    EXPECT_DOUBLE_EQ(list.message_compression(0.5), 2);
}

}  // namespace
}  // namespace weir::aws
