// What the tables are billed by: write units of the real rows.
#include "codec/batch_decoder.h"
#include "codec/event_encoder.h"
#include "codec/row_source.h"
#include "dynamo_fixture.h"

namespace weir::test {
namespace {

constexpr std::uint64_t events_a_batch = 1000;

Batch real_batch(LineFormat format, Duration between_events) {
    RowSource::Options options;
    options.path = std::string(WEIR_SOURCE_DIR) + "/data/recommended_fishing_rivers_and_streams.csv";
    options.repeat = true;
    auto rows = *RowSource::open(options);
    EventEncoder encoder(format, "r7f3");
    std::string body = format == LineFormat::csv ? rows->csv_header() + "\n" : std::string();
    for (std::uint64_t i = 1; i <= events_a_batch; ++i)
        encoder.append(body, i, at(3600) - between_events * static_cast<int>(events_a_batch - i),
                       **rows->next());
    BatchDecoder decoder("County", {});
    auto batch = decoder.decode({format == LineFormat::csv ? MediaType::csv : MediaType::ndjson, "r7f3-b12",
                                 std::move(body), at(3600), "sqs"});
    if (!batch) throw std::runtime_error(batch.error().message);
    return *std::move(batch);
}

struct Cost {
    double units = 0;
    std::size_t raw_items = 0;
};

Cost cost_of(Layout layout, LineFormat format, Duration between_events) {
    DynamoOptions options = dynamo_options(layout);
    options.identity.window.pane = std::chrono::seconds{10};  // as on AWS
    DynamoFixture fixture(options);
    fixture.store();
    const double before = fixture.db.consumed().write_units;
    const auto verdict = fixture.commit_one(real_batch(format, between_events));
    EXPECT_EQ(verdict->stored, events_a_batch);
    return {fixture.db.consumed().write_units - before, fixture.items("E#").size()};
}

TEST(DynamoCost, a_real_row_is_one_write_unit) {
    for (const LineFormat format : {LineFormat::ndjson, LineFormat::csv}) {
        const Cost rows = cost_of(Layout::rows, format, Duration{1});
        EXPECT_EQ(rows.raw_items, events_a_batch);
        EXPECT_LE(rows.units, static_cast<double>(events_a_batch) * 1.01);  // marker and counts
    }
}

TEST(DynamoCost, blocks_cost_less_than_a_tenth_of_rows) {
    for (const LineFormat format : {LineFormat::ndjson, LineFormat::csv})
        for (const Duration between_events : {Duration{1}, Duration{5}, Duration{100}}) {
            const Cost rows = cost_of(Layout::rows, format, between_events);
            const Cost blocks = cost_of(Layout::blocks, format, between_events);
            EXPECT_LT(blocks.units * 10, rows.units)
                << blocks.units << " against " << rows.units << " units, an event every "
                << between_events.count() << " ms";
            RecordProperty("units_" + std::to_string(between_events.count()),
                           std::to_string(rows.units) + " / " + std::to_string(blocks.units));
        }
}

}  // namespace
}  // namespace weir::test
