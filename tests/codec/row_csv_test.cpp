#include "codec/row_csv.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/csv_reader.h"
#include "codec/event_export.h"

namespace weir {
namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> read_back(const std::string& csv) {
    CsvReader reader(csv);
    CsvRecord record;
    std::vector<Cells> records;
    while (reader.next(record) == CsvStatus::record)
        records.push_back(record.cells);
    return records;
}

AggregateRow row_with(KeyCounts counts) {
    AggregateRow row;
    row.window_start = *parse_rfc3339("2026-11-24T00:10:00.000Z");
    row.window_end = *parse_rfc3339("2026-11-24T00:15:00.000Z");
    for (const auto& [key, count] : counts)
        row.total += count;
    row.counts = std::move(counts);
    row.late = 4;
    row.revision = 2;
    row.final = true;
    row.run_id = "r,1";
    return row;
}

TEST(RowCsv, has_a_record_for_each_key_the_largest_first) {
    const AggregateRow row = row_with({{"Kent", 3}, {"b", 7}, {"a", 7}});
    std::string out(row_csv_header);
    append_csv(out, row);
    const std::string window = "2026-11-24T00:10:00.000Z,2026-11-24T00:15:00.000Z,";
    EXPECT_EQ(out, "window_start,window_end,key,count,total,late,revision,final,run_id\n" + window +
                       "a,7,17,4,2,true,\"r,1\"\n" + window + "b,7,17,4,2,true,\"r,1\"\n" + window +
                       "Kent,3,17,4,2,true,\"r,1\"\n");
    std::string cut, top;
    append_csv(cut, row, 2);
    append_csv(top, TopRow{row, {{"a", 7}, {"b", 7}, {"Kent", 3}}, 3}, 2);
    EXPECT_EQ(read_back(cut).size(), 2U);
    EXPECT_EQ(top, cut);
    std::string none;
    append_csv(none, row_with({}));
    EXPECT_EQ(none, "");
}

RC_GTEST_PROP(RowCsv, any_key_is_read_back, (const std::map<std::string, std::uint32_t>& given)) {
    KeyCounts counts{{"=1+1", 1}, {"a \"q\",\r\nb", 1}, {"'@x", 1}, {"", 1}};
    for (const auto& [key, count] : given)
        counts[key] = std::uint64_t{count} + 1;
    std::string out;
    append_csv(out, row_with(counts));
    KeyCounts found;
    for (const Cells& cells : read_back(out)) {
        RC_ASSERT(cells.size() == 9U);
        found[std::string(unguarded_csv_cell(cells[2]))] = std::stoull(cells[3]);
    }
    RC_ASSERT(found == counts);
}

}  // namespace
}  // namespace weir
