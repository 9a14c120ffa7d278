#include "codec/event_encoder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time.h"
#include "event/event.h"

namespace weir {
namespace {

const Timestamp some_time = timestamp_from_ms(1'795'479'353'123);  // 2026-11-24T00:15:53.123Z

std::string encoded(LineFormat format, std::string_view run, std::uint64_t sequence, Timestamp ts,
                    const Row& row) {
    std::string out;
    EventEncoder(format, run).append(out, sequence, ts, row);
    return out;
}

TEST(EventEncoder, an_event_is_its_id_its_time_and_its_row) {
    const Row row{R"("County":"St. Lawrence")", "St. Lawrence"};
    EXPECT_EQ(
        encoded(LineFormat::ndjson, "r7f3", 1, some_time, row),
        "{\"event_id\":\"r7f3-000001\",\"ts\":\"2026-11-24T00:15:53.123Z\",\"County\":\"St. Lawrence\"}\n");
    EXPECT_EQ(encoded(LineFormat::csv, "r7f3", 1, some_time, row),
              "r7f3-000001,2026-11-24T00:15:53.123Z,St. Lawrence\n");
}

TEST(EventEncoder, an_object_without_fields_gets_no_comma) {
    EXPECT_EQ(encoded(LineFormat::ndjson, "r", 1, some_time, {}),
              "{\"event_id\":\"r-000001\",\"ts\":\"2026-11-24T00:15:53.123Z\"}\n");
    EXPECT_EQ(encoded(LineFormat::csv, "r", 1, some_time, {}), "r-000001,2026-11-24T00:15:53.123Z,\n");
}

// The slow twin: the functions that say how an id and a time are written.
RC_GTEST_PROP(EventEncoder, agrees_with_the_plain_way_for_any_order_of_ids_and_times, ()) {
    const auto sequences = *rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 2'000'000), rc::gen::arbitrary<std::uint64_t>()));
    EventEncoder json(LineFormat::ndjson, "run_1.x"), csv(LineFormat::csv, "run_1.x");
    std::string json_body = "before", csv_body = "before", json_expected = "before", csv_expected = "before";
    for (const std::uint64_t sequence : sequences) {
        const Timestamp ts = timestamp_from_ms(
            *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-5'000, 5'000),
                            rc::gen::inRange<std::int64_t>(1'795'479'350'000, 1'795'479'360'000),
                            rc::gen::inRange<std::int64_t>(to_ms(min_timestamp), to_ms(max_timestamp))));
        const Row row{R"("a":1)", "1"};
        const std::string id = format_event_id("run_1.x", sequence), time = format_rfc3339(ts);
        json.append(json_body, sequence, ts, row);
        csv.append(csv_body, sequence, ts, row);
        json_expected += "{\"event_id\":\"" + id + "\",\"ts\":\"" + time + "\",\"a\":1}\n";
        csv_expected += id + "," + time + ",1\n";
    }
    RC_ASSERT(json_body == json_expected);
    RC_ASSERT(csv_body == csv_expected);
}

TEST(EventEncoder, a_time_outside_the_years_of_rfc_3339_is_clamped_as_elsewhere) {
    for (const Timestamp ts : {min_timestamp - Duration{1}, max_timestamp + Duration{1}})
        EXPECT_EQ(encoded(LineFormat::csv, "r", 1, ts, {}), "r-000001," + format_rfc3339(ts) + ",\n");
}

TEST(EventEncoder, adds_no_more_than_it_says) {
    for (const LineFormat format : {LineFormat::ndjson, LineFormat::csv}) {
        const std::string run(64, 'x');
        const EventEncoder encoder(format, run);
        const Row row{"\"a\":1", "1"};
        const std::string line =
            encoded(format, run, std::numeric_limits<std::uint64_t>::max(), some_time, row);
        EXPECT_LE(line.size(),
                  encoder.most_added_bytes() + (format == LineFormat::csv ? row.csv : row.json).size());
    }
}

}  // namespace
}  // namespace weir
