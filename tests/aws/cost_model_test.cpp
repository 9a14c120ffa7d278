// What AWS would bill, reckoned by hand from its documents: a month has 730 hours, 2,628,000 seconds.
#include "aws/cost_model.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "aws/cost_items.h"
#include "price_file.h"

namespace weir::aws {
namespace {

const CostLine& line(const Bill& bill, const std::string& what) {
    const auto found = std::ranges::find(bill.lines, what, &CostLine::what);
    if (found == bill.lines.end()) throw std::runtime_error("no line " + what);
    return *found;
}

bool has_line(const Bill& bill, const std::string& what) {
    return std::ranges::find(bill.lines, what, &CostLine::what) != bill.lines.end();
}

// 10 events a second, 100 a message: 26,280,000 events and 262,800 messages a month.
CostSetting plain_hundred() {
    CostSetting setting;
    setting.rate = 10;
    setting.batch_events = 100;
    setting.linger = Duration{10'000};
    setting.compress = false;
    return setting;
}

TEST(CostOfSqs, a_message_holds_no_more_than_stream_puts_into_one) {
    CostSetting setting;
    setting.rate = 1e6;
    setting.batch_events = 1e6;
    setting.batch_bytes = 64_MiB;
    const double most = cost_of(setting, prices_of(price_file())).batch.events;
    EXPECT_LE(most * static_cast<double>(setting.event_bytes.count + 1), static_cast<double>((8_MiB).count));
    setting.batch_bytes = 8_MiB;
    EXPECT_EQ(cost_of(setting, prices_of(price_file())).batch.events, most);
}

TEST(CostOfSqs, counts_sends_receives_deletes_and_polls_that_find_nothing) {
    nlohmann::json file = price_file();
    file["assumptions"]["sqs-window-seconds"]["value"] = 0;  // an invocation a message
    const Bill bill = cost_of(plain_hundred(), prices_of(file));
    EXPECT_DOUBLE_EQ(bill.events, 26'280'000);
    // 100 x (600 + a line break) and the envelope line.
    const std::string envelope = R"({"weir":1,"batch_id":"r7f3-b1234","content_type":"application/x-ndjson"})"
                                 "\n";
    EXPECT_DOUBLE_EQ(bill.batch.message_bytes, 60'100.0 + static_cast<double>(envelope.size()));
    EXPECT_DOUBLE_EQ(line(bill, "sends").units, 262'800);
    EXPECT_DOUBLE_EQ(line(bill, "receives").units, 262'800);
    EXPECT_DOUBLE_EQ(line(bill, "deletes").units, 262'800);
    EXPECT_DOUBLE_EQ(line(bill, "polls of an empty queue").units, 657'000);  // 5 x 2,628,000 / 20
    // 1,445,400 requests at $0.40 a million, of which the first million is free.
    EXPECT_DOUBLE_EQ(bill.meter(Meter::sqs_request).units, 1'445'400);
    EXPECT_NEAR(bill.meter(Meter::sqs_request).list_usd, 0.57816, 1e-9);
    EXPECT_NEAR(bill.meter(Meter::sqs_request).usd, 0.17816, 1e-9);
}

TEST(CostOfSqs, bills_each_64_kb_of_a_message_as_a_request_but_not_of_a_delete) {
    CostSetting setting = plain_hundred();
    setting.batch_events = 110;  // 110 x 601 = 66,110 bytes, over 65,536
    setting.linger = Duration{11'000};
    const Bill bill = cost_of(setting, built_in_prices());
    const double messages = 26'280'000.0 / 110;
    EXPECT_NEAR(line(bill, "sends").units, 2 * messages, 1);
    EXPECT_NEAR(line(bill, "receives").units, 2 * messages, 1);
    EXPECT_LE(line(bill, "deletes").units, messages + 1);
}

TEST(CostOfSqs, a_compressed_message_is_base64) {
    nlohmann::json file = price_file();
    file["compression"]["messages"] = {{1, 10.0}};
    CostSetting setting = plain_hundred();
    setting.compress = true;
    const Bill bill = cost_of(setting, prices_of(file));
    const std::string envelope =
        R"({"weir":1,"batch_id":"r7f3-b1234","content_type":"application/x-ndjson","content_encoding":"zstd"})"
        "\n";
    // 60,100 / 10 = 6,010 bytes are 2,004 groups of three, four characters each.
    EXPECT_DOUBLE_EQ(bill.batch.message_bytes, 8016.0 + static_cast<double>(envelope.size()));
    setting.transport = CostTransport::kinesis;
    EXPECT_DOUBLE_EQ(cost_of(setting, prices_of(file)).batch.message_bytes,
                     6010.0 + static_cast<double>(envelope.size()));
}

TEST(CostOfSqs, no_message_is_over_a_mebibyte) {
    CostSetting setting = plain_hundred();
    setting.rate = 10'000;
    setting.batch_events = 5000;
    setting.batch_bytes = 16_MiB;
    const Bill bill = cost_of(setting, built_in_prices());
    EXPECT_LE(bill.batch.message_bytes, 1'048'576);
    EXPECT_DOUBLE_EQ(bill.batch.events, 1744);  // (1,048,576 - 74) / 601, whole events
}

TEST(CostOfSqs, a_batch_ends_with_its_linger_or_its_bytes) {
    CostSetting setting = plain_hundred();
    setting.linger = Duration{500};
    EXPECT_DOUBLE_EQ(cost_of(setting, built_in_prices()).batch.events, 5);
    setting.linger = Duration{0};
    EXPECT_DOUBLE_EQ(cost_of(setting, built_in_prices()).batch.events, 1);
    setting = plain_hundred();
    setting.batch_bytes = Bytes{6010};
    EXPECT_DOUBLE_EQ(cost_of(setting, built_in_prices()).batch.events, 10);
}

TEST(CostOfKinesis, is_shards_and_25_kb_units) {
    CostSetting setting = plain_hundred();
    setting.transport = CostTransport::kinesis;
    const Bill bill = cost_of(setting, built_in_prices());
    EXPECT_DOUBLE_EQ(line(bill, "shards").units, 730);
    EXPECT_NEAR(line(bill, "shards").usd, 10.95, 1e-9);
    EXPECT_DOUBLE_EQ(line(bill, "puts").units, 3 * 262'800);  // 60,174 bytes / 25,600
    EXPECT_FALSE(has_line(bill, "polls of an empty queue"));
    setting.rate = 2000;  // 1.2 MB a second; a shard takes 1 MB
    EXPECT_DOUBLE_EQ(line(cost_of(setting, built_in_prices()), "shards").units, 1460);
}

TEST(CostOfTables, a_row_of_up_to_a_kilobyte_is_one_write_unit) {
    CostSetting setting = plain_hundred();
    EXPECT_DOUBLE_EQ(line(cost_of(setting, built_in_prices()), "raw events, rows").units, 26'280'000);
    EXPECT_NEAR(line(cost_of(setting, built_in_prices()), "raw events, rows").usd, 16.425, 1e-9);
    setting.event_bytes = Bytes{1000};  // with its keys over 1,024
    setting.batch_bytes = 16_MiB;
    EXPECT_DOUBLE_EQ(line(cost_of(setting, built_in_prices()), "raw events, rows").units, 52'560'000);
}

TEST(CostOfTables, an_items_size_is_that_of_its_names_and_values) {
    const PriceList prices = built_in_prices();
    const CostSetting setting;
    const CostItems items{setting, prices};
    const std::string keys =
        "pk"
        "E#2026-11-24T00:15#0"
        "sk"
        "2026-11-24T00:15:53.123Z#r7f3-000001#r7f3-b1234";
    const std::string names =
        "line"
        "key"
        "expires";
    // The line, a key of 7.5 bytes on average, and a Number of ten digits: 1 byte and one for two digits.
    EXPECT_DOUBLE_EQ(items.raw_row_bytes(), static_cast<double>(keys.size() + names.size()) + 600 + 7.5 + 6);
}

TEST(CostOfTables, a_marker_is_written_for_each_batch_but_foreign_ones) {
    CostSetting setting = plain_hundred();
    EXPECT_DOUBLE_EQ(line(cost_of(setting, built_in_prices()), "markers").units, 262'800);
    setting.foreign = true;
    EXPECT_FALSE(has_line(cost_of(setting, built_in_prices()), "markers"));
}

TEST(CostOfTables, blocks_are_billed_by_the_compressed_kilobyte) {
    nlohmann::json file = price_file();
    file["compression"]["blocks"] = {{1, 10.0}};
    file["assumptions"]["delivery-seconds"]["value"] = 0;
    CostSetting setting = plain_hundred();
    setting.layout = CostLayout::blocks;
    setting.rate = 1e9;  // all events of a batch in one minute
    setting.batch_events = 100;
    const Bill bill = cost_of(setting, prices_of(file));
    // 60,100 / 10 = 6,010 bytes and some hundred of keys and names: 6 KB.
    EXPECT_NEAR(line(bill, "raw events, blocks").units / (bill.events / 100), 6, 1e-6);
}

TEST(CostOfTables, a_batch_over_two_minutes_is_two_blocks_and_two_counts) {
    nlohmann::json file = price_file();
    file["assumptions"]["delivery-seconds"]["value"] = 0;
    CostSetting setting = plain_hundred();
    setting.layout = CostLayout::blocks;
    setting.rate = 1;
    setting.batch_events = 31;  // 30 s from the first event to the last: half of them pass a full minute
    setting.linger = Duration{40'000};
    setting.keys = 1;
    const Bill bill = cost_of(setting, prices_of(file));
    EXPECT_DOUBLE_EQ(bill.batch.seconds, 30);
    EXPECT_NEAR(line(bill, "counts").units / (bill.events / 31), 1.5, 1e-9);  // small items: a unit each
}

TEST(CostOfTables, the_schedule_reads_and_writes_each_minute) {
    CostSetting setting = plain_hundred();
    setting.keys = 1;
    setting.reads_a_day = 0;
    const Bill bill = cost_of(setting, built_in_prices());
    // 43,800 minutes; each row is written at its window's end and again when it is final.
    EXPECT_DOUBLE_EQ(line(bill, "aggregate rows").units, 2 * 43'800);
    // Each time five minutes of counts are read. Six batches a minute, with few bytes: 1 unit.
    EXPECT_DOUBLE_EQ(line(bill, "counts of the windows").units, 2 * 5 * 43'800);
    EXPECT_DOUBLE_EQ(line(bill, "minutes to be counted again").units, 43'800);
    EXPECT_DOUBLE_EQ(line(bill, "schedule").units, 43'800);
    EXPECT_FALSE(has_line(bill, "rows, by queries"));
    setting.reads_a_day = 24;
    EXPECT_DOUBLE_EQ(line(cost_of(setting, built_in_prices()), "rows, by queries").units, 2 * 730);
}

TEST(CostOfTables, provisioned_capacity_is_bought_by_the_hour_and_25_units_are_free) {
    CostSetting setting = plain_hundred();
    setting.rate = 20;
    setting.billing = CostBilling::provisioned;
    const Bill bill = cost_of(setting, built_in_prices());
    EXPECT_DOUBLE_EQ(line(bill, "raw events, rows").usd, 0);
    // 20 units for the events, at least 0.2 x 2 for markers and counts, and 90 % used: 23 or 24, and 1 for
    // rows.
    EXPECT_GE(bill.write_capacity, 24);
    EXPECT_LE(bill.write_capacity, 25);
    EXPECT_DOUBLE_EQ(bill.meter(Meter::dynamodb_write_hour).usd, 0);
    setting.rate = 100;
    const Bill more = cost_of(setting, built_in_prices());
    EXPECT_NEAR(more.meter(Meter::dynamodb_write_hour).usd, (more.write_capacity - 25) * 730 * 0.00065, 1e-9);
}

TEST(CostOfTables, storage_is_what_lies_there_and_25_gb_are_free) {
    CostSetting setting = plain_hundred();
    setting.retention = std::chrono::hours{24 * 9};  // and a day more, until DynamoDB may delete it
    const Bill bill = cost_of(setting, built_in_prices());
    // 8,640,000 events, each of 706.5 bytes and the 100 that DynamoDB adds; batches add little.
    EXPECT_NEAR(line(bill, "events table").units, 8.64e6 * (706.5 + 100) / 1e9, 0.02 * 7);
    EXPECT_DOUBLE_EQ(bill.meter(Meter::dynamodb_storage).usd, 0);
    EXPECT_NEAR(line(bill, "point-in-time recovery of events").usd, line(bill, "events table").units * 0.2,
                1e-9);
    setting.recovery = false;
    EXPECT_DOUBLE_EQ(cost_of(setting, built_in_prices()).meter(Meter::dynamodb_recovery).units, 0);
}

TEST(CostOfFunctions, memory_times_time) {
    nlohmann::json file = price_file();
    file["assumptions"]["invocation-ms"]["value"] = 0;
    file["assumptions"]["row-cpu-ms"]["value"] = 0;
    file["assumptions"]["sqs-window-seconds"]["value"] = 0;
    CostSetting setting = plain_hundred();
    setting.memory_mb = 512;
    const Bill bill = cost_of(setting, prices_of(file));
    // Marker, raw events (four requests at once) and counts: 3 x 8 ms x 0.5 GB.
    EXPECT_NEAR(line(bill, "store running").units, 262'800 * 0.024 * 0.5, 1e-6);
}

TEST(CostOfThePlainWay, is_three_requests_an_invocation_and_two_writes_an_event) {
    CostSetting setting;
    setting.rate = 1000;
    setting.foreign = true;
    const Bill bill = cost_of(setting, built_in_prices());
    const double million = bill.events / 1e6;
    EXPECT_NEAR(bill.meter(Meter::sqs_request).list_usd / million, 1.20, 0.001);
    EXPECT_NEAR(line(bill, "store invocations").usd / million, 0.20, 1e-9);
    EXPECT_NEAR(line(bill, "raw events, rows").usd / million, 0.625, 1e-9);
    EXPECT_NEAR(line(bill, "counts").usd / million, 0.625, 0.01);
}

RC_GTEST_PROP(Cost, adds_up_and_the_free_tier_never_costs, ()) {
    CostSetting setting;
    setting.rate = *rc::gen::inRange(1, 100'000) / 10.0;
    setting.event_bytes = Bytes{*rc::gen::inRange<std::uint64_t>(50, 20'000)};
    setting.batch_events = *rc::gen::inRange(1, 10'000);
    setting.linger = Duration{*rc::gen::inRange(0, 120'000)};
    setting.compress = *rc::gen::arbitrary<bool>();
    setting.keys = *rc::gen::inRange(1U, 5000U);
    setting.recovery = *rc::gen::arbitrary<bool>();
    setting.foreign = *rc::gen::arbitrary<bool>();
    setting.layout = *rc::gen::element(CostLayout::rows, CostLayout::blocks);
    setting.transport = *rc::gen::element(CostTransport::sqs, CostTransport::kinesis);
    setting.billing = *rc::gen::element(CostBilling::on_demand, CostBilling::provisioned);
    static const PriceList prices = built_in_prices();
    const Bill bill = cost_of(setting, prices);
    double lines = 0;
    for (const CostLine& entry : bill.lines) {
        RC_ASSERT(std::isfinite(entry.units));
        RC_ASSERT(entry.units >= 0);
        RC_ASSERT(!entry.arithmetic.empty());
        lines += entry.usd;
    }
    RC_ASSERT(std::abs(lines - bill.list_usd) <= 1e-9 * (1 + bill.list_usd));
    RC_ASSERT(bill.usd <= bill.list_usd + 1e-9);
    RC_ASSERT(bill.usd >= 0);
    setting.rate *= 2;
    RC_ASSERT(cost_of(setting, prices).list_usd >= bill.list_usd * 0.999);
}

}  // namespace
}  // namespace weir::aws
