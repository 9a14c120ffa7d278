// The forms that answers come in: JSON, NDJSON and CSV, by ?format= and by Accept.
#include <map>

#include "codec/csv_reader.h"
#include "codec/event_export.h"
#include "codec/json_rows.h"
#include "running_service.h"

namespace weir::test {
namespace {

constexpr const char* hostile = "=A \"q\",\r\nb";
constexpr const char* csv_type = "text/csv; charset=utf-8";

std::string range(std::int64_t from, std::int64_t to) {
    return "?from=" + format_rfc3339(start_time + Duration{from}) +
           "&to=" + format_rfc3339(start_time + Duration{to});
}

std::vector<std::vector<std::string>> records_of(const std::string& csv) {
    CsvReader reader(csv);
    CsvRecord record;
    std::vector<std::vector<std::string>> records;
    while (reader.next(record) == CsvStatus::record) {
        records.emplace_back();
        for (const auto& cell : record.cells)
            records.back().emplace_back(unguarded_csv_cell(cell));
    }
    return records;
}

std::string type_of(const http::Response& response) {
    return std::string(response.headers.get("Content-Type").value_or(""));
}

// Three events of two keys, one of them hostile, and the rows that count them.
void post_some(RunningService& world) {
    ASSERT_EQ(world.post(line_of("a-1") + "\n" + line_of("a-2", 1, hostile) + "\n" + line_of("a-3", 2) + "\n")
                  .status,
              200U);
    world.clock.advance(Duration{150'000});
    ASSERT_TRUE(eventually([&] { return world.get_json("/v1/rows").at("rows").size() >= 3; }));
}

std::map<std::string, std::uint64_t> counts_of(const std::string& csv) {
    const auto records = records_of(csv);
    EXPECT_EQ(records.at(0), (std::vector<std::string>{"window_start", "window_end", "key", "count", "total",
                                                       "late", "revision", "final", "run_id"}));
    std::map<std::string, std::uint64_t> counts;
    for (std::size_t i = 1; i < records.size(); ++i)
        counts[records[i].at(2)] += std::stoull(records[i].at(3));
    return counts;
}

TEST(Forms, a_row_is_had_as_csv_and_as_a_line) {
    RunningService world;
    post_some(world);
    world.send("POST", "/v1/aggregations", R"({"run_id":"r1"})");
    const std::string end = world.get_json("/v1/rows/latest").at("window_end");
    const std::map<std::string, std::uint64_t> counts{{"Kent", 2}, {hostile, 1}};
    for (const std::string& path : {std::string("/v1/rows/latest"), "/v1/rows/" + end,
                                    std::string("/v1/runs/r1"), "/v1/windows/" + end}) {
        const auto csv = world.get(path + "?format=csv");
        EXPECT_EQ(type_of(csv), csv_type) << path;
        EXPECT_EQ(counts_of(csv.body), counts) << path;
        EXPECT_EQ(counts_of(world.get(path + "?format=csv&top=1").body).size(), 1U) << path;
        EXPECT_EQ(counts_of(world.get(path + "?format=csv&match=KEN").body).size(), 1U) << path;
        const auto line = world.get(path + "?format=ndjson");
        EXPECT_EQ(type_of(line), "application/x-ndjson") << path;
        EXPECT_EQ(line.body, world.get(path).body + "\n") << path;
        EXPECT_EQ(world.get(path + "?format=ndjson&top=1").body, world.get(path + "?top=1").body + "\n")
            << path;
        EXPECT_EQ(type_of(world.get(path + "?format=json")), "application/json") << path;
    }
}

TEST(Forms, pages_of_rows_go_on_where_they_ended) {
    RunningService world;
    post_some(world);
    const Json rows = world.get_json("/v1/rows").at("rows");
    std::string lines, from = "0";
    std::map<std::string, std::uint64_t> counted, wanted;
    for (int i = 0; i < 20; ++i) {
        const std::string query = "?limit=2&from=" + from;
        const auto page = world.get("/v1/rows" + query + "&format=ndjson");
        for (const auto& [key, count] : counts_of(world.get("/v1/rows" + query + "&format=csv").body))
            counted[key] += count;
        lines += page.body;
        const auto next = page.headers.get("Weir-Next-From");
        EXPECT_EQ(world.get_json("/v1/rows" + query).at("next"), next ? Json(std::string(*next)) : Json());
        if (!next) break;
        from = *next;
    }
    std::string whole;
    for (const Json& row : rows) {
        whole += to_json(*aggregate_row_from_json(row.dump())) + "\n";
        for (const auto& [key, count] : row.at("counts").items())
            wanted[key] += count.get<std::uint64_t>();
    }
    EXPECT_EQ(lines, whole);
    EXPECT_EQ(counted, wanted);
}

TEST(Forms, raw_events_as_csv_are_what_an_export_writes) {
    RunningService world;
    std::string body;
    CsvEventWriter writer;
    std::string wanted;
    for (int batch = 0; batch < 30; ++batch) {
        body.clear();
        for (int i = 0; i < 2000; ++i) {
            const std::string line = line_of("e" + std::to_string(batch) + "-" + std::to_string(i + 1), 0,
                                             hostile + std::string(100, 'k'));
            body += line + "\n";
            ASSERT_TRUE(writer.append(line, wanted));
        }
        ASSERT_EQ(world.post(body).status, 200U);
    }
    ASSERT_GT(wanted.size(), std::size_t{8} << 20U);  // several pieces
    const auto whole = world.get("/v1/events" + range(0, 1000) + "&format=csv");
    EXPECT_EQ(type_of(whole), csv_type);
    EXPECT_TRUE(whole.body == wanted) << whole.body.size() << " bytes, not " << wanted.size();
    const auto page =
        world.get("/v1/events" + range(0, 1000) + "&format=csv&limit=2&column=none&column=County");
    const auto records = records_of(page.body);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0], (std::vector<std::string>{"event_id", "ts", "none", "County"}));
    EXPECT_EQ(records[1].at(3), hostile + std::string(100, 'k'));
    EXPECT_TRUE(page.headers.get("Weir-Next-Cursor"));
    EXPECT_EQ(world.get("/v1/events" + range(5000, 6000) + "&format=csv").body, "event_id,ts\n");
    expect_problem(world.get("/v1/events" + range(0, 1) + "&column=County"), 400, "invalid-request");
}

TEST(Forms, accept_chooses_as_its_weights_say) {
    RunningService world;
    const auto type = [&](const std::string& path, const std::string& accept) {
        return type_of(world.send("GET", path, {}, {{"Accept", accept}}));
    };
    for (const std::string path : {"/v1/rows", "/v1/rows/latest", "/v1/windows/live"}) {
        EXPECT_EQ(type(path, "text/csv"), csv_type);
        EXPECT_EQ(type(path, "TEXT/CSV ; header=present"), csv_type);
        EXPECT_EQ(type(path, "application/x-ndjson"), "application/x-ndjson");
        EXPECT_EQ(type(path, "*/*"), "application/json");
        EXPECT_EQ(type(path, "text/*, application/*;q=0.5"), csv_type);
        EXPECT_EQ(type(path, "application/json;q=0.1, */*;q=0.2, text/csv;q=0.1"), "application/x-ndjson");
        EXPECT_EQ(type(path, "text/html,application/xml;q=0.9,*/*;q=0.8"), "application/json") << "a browser";
        EXPECT_EQ(type(path + "?format=json", "text/csv"), "application/json");
    }
    EXPECT_EQ(type("/v1/events" + range(0, 1), "text/csv, application/x-ndjson;q=0.9"), csv_type);
    EXPECT_EQ(type("/v1/events" + range(0, 1), "application/*"), "application/x-ndjson");
}

TEST(Forms, what_is_not_had_is_refused) {
    RunningService world;
    for (const std::string path : {"/v1/rows?", "/v1/rows/latest?", "/v1/rows/0?", "/v1/runs/r1?",
                                   "/v1/windows/live?", "/v1/events?from=0&to=1&"}) {
        expect_problem(world.get(path + "format=xml"), 400, "invalid-request");
        expect_problem(world.get(path + "format="), 400, "invalid-request");
        for (const char* accept : {"text/html", "text/csv;q=0", "*/*;q=0", "application"})
            expect_problem(world.send("GET", path, {}, {{"Accept", accept}}), 406, "not-acceptable");
    }
    expect_problem(world.get("/v1/events" + range(0, 1) + "&format=json"), 400, "invalid-request");
}

TEST(Forms, a_search_without_a_number_gives_so_many_keys) {
    RunningService world;
    std::string body;
    for (int i = 0; i < 1100; ++i)
        body += line_of("k-" + std::to_string(i + 1), 0, "key " + std::to_string(i)) + "\n";
    ASSERT_EQ(world.post(body).status, 200U);
    world.clock.advance(Duration{100'000});
    ASSERT_TRUE(eventually([&] { return world.get_json("/v1/rows/latest").at("total") == 1100; }));
    for (const char* path : {"/v1/windows/live", "/v1/rows/latest"}) {
        const Json found = world.get_json(std::string(path) + "?match=KEY");
        EXPECT_EQ(found.at("counts").size(), 1000U) << path;
        EXPECT_EQ(found.at("keys"), 1100) << path;
        EXPECT_EQ(world.get_json(path).at("counts").size(), 1100U) << path;
        EXPECT_EQ(world.get_json(std::string(path) + "?match=KEY&top=1100").at("counts").size(), 1100U)
            << path;
    }
}

}  // namespace
}  // namespace weir::test
