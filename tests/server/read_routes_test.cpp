// What can be read over HTTP, against docs/http.md and sums made by hand.
#include <map>
#include <regex>
#include <sstream>

#include "base/version.h"
#include "codec/json_rows.h"
#include "running_service.h"

namespace weir::test {
namespace {

std::string at(std::int64_t ms) {
    return format_rfc3339(start_time + Duration{ms});
}
std::string range(std::int64_t from, std::int64_t to) {
    return "?from=" + at(from) + "&to=" + at(to);
}
std::uint64_t number(const http::Response& response, const char* header) {
    return std::stoull(std::string(response.headers.get(header).value_or("0")));
}

// Five events: Kent at 0.0, 0.5 and 1.0 s, Sussex at 0.999 s, and one without a county at 61 s.
constexpr std::size_t some_total = 5;
std::string some_events() {
    return line_of("a-1", 0) + "\n" + line_of("a-2", 500) + "\n" + line_of("a-3", 999, "Sussex") + "\n" +
           line_of("a-4", 1000) + "\n" + R"({"event_id":"a-5","ts":")" + at(61'000) + "\"}\n";
}

void post_some(RunningService& world) {
    world.clock.set(start_time + Duration{61'000});
    const auto response = world.post(some_events(), {{"Idempotency-Key", "b1"}});
    ASSERT_EQ(response.status, 200U) << response.body;
    ASSERT_EQ(json_of(response).at("stored"), some_total);
}

TEST(ReadRoutes, counts_are_the_sum_of_the_panes_of_a_range) {
    RunningService world;
    post_some(world);
    const Json all = world.get_json("/v1/counts" + range(0, 62'000));
    EXPECT_EQ(all.at("total"), 5);
    EXPECT_EQ(all.at("late"), 4);  // more than 30 s before they came
    EXPECT_EQ(all.at("counts"), (Json{{"(blank)", 1}, {"Kent", 3}, {"Sussex", 1}}));
    EXPECT_TRUE(all.at("as_of").is_number_unsigned());
    const Json first = world.get_json("/v1/counts" + range(0, 1000));
    EXPECT_EQ(first.at("counts"), Json::parse(R"({"Kent":2,"Sussex":1})"));
    EXPECT_EQ(world.get_json("/v1/counts" + range(1000, 1000)).at("total"), 0);
    // Epoch milliseconds are taken too.
    const std::int64_t ms = to_ms(start_time);
    EXPECT_EQ(world.get_json("/v1/counts?from=" + std::to_string(ms) + "&to=" + std::to_string(ms + 1000)),
              first);
}

TEST(ReadRoutes, panes_are_listed_by_pane_and_key) {
    RunningService world;
    post_some(world);
    const Json answer = world.get_json("/v1/panes" + range(0, 62'000));
    const auto pane = [](std::int64_t ms, const char* key, int count) {
        return Json{{"pane", at(ms)}, {"key", key}, {"count", count}};
    };
    EXPECT_EQ(answer.at("panes"), Json::array({pane(0, "Kent", 2), pane(0, "Sussex", 1),
                                               pane(1000, "Kent", 1), pane(61'000, "(blank)", 1)}));
    EXPECT_EQ(world.get("/v1/panes" + range(0, 3'600'000)).status, 200U);
    expect_problem(world.get("/v1/panes" + range(0, 3'601'000)), 400, "invalid-request");
}

TEST(ReadRoutes, ranges_must_be_there_aligned_and_forwards) {
    RunningService world;
    for (const std::string path : {"/v1/counts", "/v1/panes"}) {
        for (const std::string& query :
             {std::string(), "?from=" + at(0), "?to=" + at(0), range(0, 1500), range(1, 1000),
              range(2000, 1000), std::string("?from=yesterday&to=") + at(0),
              range(0, 1000) + "&from=" + at(0)})
            expect_problem(world.get(path + query), 400, "invalid-request");
    }
}

TEST(ReadRoutes, the_schedule_writes_rows_that_can_be_read) {
    RunningService world;
    world.post(line_of("a-1", -1) + "\n" + line_of("a-2", 0, "Sussex") + "\n" +
               line_of("a-3", 59'999, "Sussex") + "\n");
    world.clock.advance(std::chrono::seconds{200});
    ASSERT_TRUE(eventually([&] { return world.get("/v1/rows/" + at(180'000)).status == 200; }));

    const Json row = world.get_json("/v1/rows/" + at(60'000));
    EXPECT_EQ(row.at("view"), "county-5m");
    EXPECT_EQ(row.at("window_start"), at(60'000 - 300'000));
    EXPECT_EQ(row.at("window_end"), at(60'000));
    EXPECT_EQ(row.at("updated"), at(60'000));
    EXPECT_EQ(row.at("total"), 3);
    EXPECT_EQ(row.at("counts"), Json::parse(R"({"Kent":1,"Sussex":2})"));
    EXPECT_EQ(row.at("late"), 0);
    EXPECT_EQ(row.at("final"), true);
    EXPECT_TRUE(row.at("run_id").is_null());
    EXPECT_EQ(row.at("schema"), 1);
    EXPECT_EQ(world.get_json("/v1/rows/" + std::to_string(to_ms(start_time) + 60'000)), row);
    EXPECT_EQ(world.get_json("/v1/rows/" + at(0)).at("counts"), Json::parse(R"({"Kent":1})"));
    EXPECT_EQ(world.get_json("/v1/rows/latest").at("window_end"), at(180'000));

    const Json rows = world.get_json("/v1/rows" + range(60'000, 180'000));
    ASSERT_EQ(rows.at("rows").size(), 2U);
    EXPECT_EQ(rows.at("rows")[0], row);
    EXPECT_EQ(rows.at("rows")[1].at("window_end"), at(120'000));
    EXPECT_TRUE(rows.at("next").is_null());

    // Page by page, the same.
    const Json all = world.get_json("/v1/rows").at("rows");
    Json paged = Json::array();
    std::string from = at(-3'600'000);
    for (int pages = 0; pages < 100; ++pages) {
        const Json page = world.get_json("/v1/rows?limit=1&from=" + from);
        ASSERT_LE(page.at("rows").size(), 1U);
        for (const Json& one : page.at("rows"))
            paged.push_back(one);
        if (page.at("next").is_null()) break;
        from = page.at("next").get<std::string>();
    }
    EXPECT_EQ(paged, all);
    expect_problem(world.get("/v1/rows?limit=0"), 400, "invalid-request");
    expect_problem(world.get("/v1/rows?limit=1001"), 400, "invalid-request");
    expect_problem(world.get("/v1/rows/" + at(3'600'000)), 404, "not-found");
    expect_problem(world.get("/v1/rows/noon"), 400, "invalid-request");
}

TEST(ReadRoutes, top_keeps_the_largest_counts_and_says_how_many_keys_there_are) {
    RunningService world;
    post_some(world);
    for (const std::string path : {"/v1/windows/live", "/v1/windows/"}) {
        const std::string target = path.back() == '/' ? path + at(62'000) : path;
        const Json whole = world.get_json(target);
        EXPECT_EQ(whole.at("counts").size(), 3U);
        EXPECT_FALSE(whole.contains("keys"));
        const Json top = world.get_json(target + "?top=1");
        EXPECT_EQ(top.at("counts"), Json::parse(R"({"Kent":3})"));
        EXPECT_EQ(top.at("keys"), 3);
        EXPECT_EQ(top.at("total"), 5);
        expect_problem(world.get(target + "?top=0"), 400, "invalid-request");
        expect_problem(world.get(target + "?top=x"), 400, "invalid-request");
    }
}

// What ?top= and ?match= answer for a window is, byte for byte, what they make of the row with all its keys.
TEST(ReadRoutes, a_window_cut_to_its_largest_keys_is_the_whole_window_cut) {
    RunningService world;
    std::string body;
    const std::vector<std::string> keys{"Kent", "kentish \"town\"", "Sussex", "b", "a", "\xC3\xA4", "KENT"};
    for (int i = 0; i < 200; ++i)
        body += line_of("a-" + std::to_string(i), (i * 37 % 900) * -1000,
                        keys[static_cast<std::size_t>(i * i % 7 + i % 3) % 7]) +
                "\n";
    ASSERT_EQ(world.post(body).status, 200U);
    for (const std::int64_t ms : {1000, 0, -1000, -60'000, -299'000, -700'000, 60'000})
        for (const std::string search : {"", "&match=kENT", "&match=", "&match=none", "&match=%22"}) {
            const std::string target = "/v1/windows/" + at(ms);
            const std::string whole = world.get(target).body;
            const auto row = aggregate_row_from_json(whole);
            ASSERT_TRUE(row.has_value()) << whole;
            AggregateRow cut = *row;
            if (search == "&match=kENT")
                std::erase_if(cut.counts, [](const auto& count) {
                    return count.first != "Kent" && count.first != "KENT" && count.first[0] != 'k';
                });
            else if (search == "&match=none")
                cut.counts.clear();
            else if (search == "&match=%22")
                std::erase_if(cut.counts, [](const auto& count) { return count.first[0] != 'k'; });
            for (const std::size_t top : {1U, 2U, 4U, 7U, 1'000'000U})
                EXPECT_EQ(world.get(target + "?top=" + std::to_string(top) + search).body, to_json(cut, top));
        }
}

TEST(ReadRoutes, a_window_is_counted_at_any_pane_and_not_stored) {
    RunningService world;
    post_some(world);
    const Json live = world.get_json("/v1/windows/live");
    EXPECT_EQ(live.at("window_end"), at(62'000));
    EXPECT_EQ(live.at("total"), 5);
    EXPECT_EQ(world.get_json("/v1/windows/" + at(1000)).at("total"), 3);
    EXPECT_EQ(world.get_json("/v1/windows/" + at(301'000)).at("total"), 2);
    expect_problem(world.get("/v1/windows/" + at(1500)), 400, "invalid-request");
    expect_problem(world.get("/v1/rows/" + at(1000)), 404, "not-found");
}

TEST(ReadRoutes, a_triggered_count_is_the_row_of_its_run) {
    RunningService world;
    post_some(world);
    const HeaderList json{{"Content-Type", "application/json"}};
    expect_problem(world.get("/v1/runs/r1"), 404, "not-found");
    const auto made =
        world.send("POST", "/v1/aggregations", R"({"run_id":"r1","at":")" + at(62'000) + R"("})", json);
    EXPECT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(json_of(made).at("run_id"), "r1");
    EXPECT_EQ(json_of(made).at("total"), 5);
    EXPECT_EQ(world.get_json("/v1/runs/r1"), json_of(made));
    const auto now = world.send("POST", "/v1/aggregations", R"({"run_id":"r2"})", json);
    EXPECT_EQ(now.status, 201U);
    EXPECT_EQ(json_of(now).at("window_end"), at(62'000));
    for (const std::string& body :
         {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"run_id":1})"),
          std::string(R"({"run_id":"r1","att":1})"), std::string(R"({"run_id":"two words"})"),
          R"({"run_id":"r1","at":")" + at(1500) + R"("})",
          R"({"run_id":"r1","at":")" + at(3'600'000) + R"("})"})
        expect_problem(world.send("POST", "/v1/aggregations", body, json), 400, "invalid-request");
}

TEST(ReadRoutes, a_count_that_is_refused_stores_no_row) {
    RunningService world;
    post_some(world);
    for (const char* top : {"0", "1000001", "ten", ""})
        expect_problem(world.send("POST", "/v1/aggregations?top=" + std::string(top), R"({"run_id":"r1"})"),
                       400, "invalid-request");
    expect_problem(world.get("/v1/runs/r1"), 404, "not-found");
}

TEST(ReadRoutes, raw_events_are_the_original_lines_in_the_order_of_their_commit) {
    RunningService world;
    post_some(world);
    world.post("event_id,ts,County\nc-1," + at(100) + ",Kent\n", {}, "", "text/csv");
    const auto whole = world.get("/v1/events" + range(0, 62'000));
    EXPECT_EQ(whole.status, 200U);
    EXPECT_EQ(whole.headers.get("Content-Type"), "application/x-ndjson");
    ASSERT_EQ(whole.body.rfind(some_events(), 0), 0U) << whole.body;
    const std::string last = whole.body.substr(some_events().size());
    EXPECT_EQ(Json::parse(last), (Json{{"event_id", "c-1"}, {"ts", at(100)}, {"County", "Kent"}})) << last;
    EXPECT_EQ(world.get("/v1/events" + range(500, 1000)).body,
              line_of("a-2", 500) + "\n" + line_of("a-3", 999, "Sussex") + "\n");
    EXPECT_EQ(world.get("/v1/events" + range(2000, 3000)).body, "");

    for (const std::size_t limit : {1U, 2U, 3U, 6U, 100'000U}) {
        std::string pages, target = "/v1/events" + range(0, 62'000) + "&limit=" + std::to_string(limit);
        std::string cursor;
        for (int i = 0; i < 10; ++i) {
            const auto page = world.get(target + cursor);
            ASSERT_EQ(page.status, 200U) << page.body;
            ASSERT_LE(static_cast<std::size_t>(std::count(page.body.begin(), page.body.end(), '\n')), limit);
            pages += page.body;
            const auto next = page.headers.get("Weir-Next-Cursor");
            if (!next) break;
            cursor = "&cursor=" + http::percent_encode(*next);
        }
        EXPECT_EQ(pages, whole.body) << limit;
    }
    for (const char* wrong : {"&limit=0", "&limit=100001", "&cursor=here", "&as_of=-1", "&as_of=x"})
        expect_problem(world.get("/v1/events" + range(0, 1000) + wrong), 400, "invalid-request");
    expect_problem(world.get("/v1/events"), 400, "invalid-request");
}

TEST(ReadRoutes, raw_events_as_of_a_position_do_not_change) {
    RunningService world;
    post_some(world);
    const std::string target = "/v1/events" + range(0, 62'000);
    const auto before = world.get(target);
    const std::uint64_t as_of = number(before, "Weir-As-Of");
    world.post(lines_of("later", 3));
    const auto after = world.get(target);
    EXPECT_GT(number(after, "Weir-As-Of"), as_of);
    EXPECT_EQ(after.body, before.body + lines_of("later", 3));
    const auto same = world.get(target + "&as_of=" + std::to_string(as_of));
    EXPECT_EQ(same.body, before.body);
    EXPECT_EQ(number(same, "Weir-As-Of"), as_of);
    const auto page = world.get(target + "&limit=5&as_of=" + std::to_string(as_of));
    EXPECT_EQ(page.body, before.body);
    EXPECT_FALSE(page.headers.get("Weir-Next-Cursor"));
}

TEST(ReadRoutes, a_long_stream_is_whole) {
    RunningService world;
    std::string sent;
    for (int batch = 0; batch < 24; ++batch) {
        std::string body;
        for (int i = 1; i <= 2000; ++i)
            body += line_of("s" + std::to_string(batch) + "-" + std::to_string(i), 0, std::string(100, 'k')) +
                    "\n";
        ASSERT_EQ(world.post(body).status, 200U);
        sent += body;
    }
    ASSERT_GT(sent.size(), std::size_t{4} << 20U);  // more than one piece
    EXPECT_EQ(world.get("/v1/events" + range(0, 1000)).body, sent);
}

TEST(ReadRoutes, dead_letters_keep_the_bytes_as_they_came) {
    RunningService world;
    const std::string not_utf8 = "{\"event_id\":\"\xff\xfe\"}";
    world.post("first\n" + line_of("a-1") + "\n" + not_utf8 + "\nthird \\ \"q\"\n",
               {{"Idempotency-Key", "b1"}});
    const Json answer = world.get_json("/v1/dead-letters");
    const Json& letters = answer.at("dead_letters");
    ASSERT_EQ(letters.size(), 3U);
    EXPECT_TRUE(answer.at("next").is_null());
    EXPECT_EQ(letters[0].at("id"), 1);
    EXPECT_EQ(letters[0].at("received_at"), at(0));
    EXPECT_EQ(letters[0].at("batch_id"), "b1");
    EXPECT_EQ(letters[0].at("source").get<std::string>().rfind("127.0.0.1:", 0), 0U);
    EXPECT_EQ(letters[0].at("line"), 1);
    EXPECT_EQ(letters[0].at("code"), "json_invalid");
    EXPECT_EQ(letters[0].at("bytes"), "first");
    EXPECT_TRUE(letters[0].at("bytes_base64").is_null());
    EXPECT_EQ(letters[1].at("line"), 3);
    EXPECT_EQ(letters[1].at("code"), "invalid_utf8");
    EXPECT_TRUE(letters[1].at("bytes").is_null());
    EXPECT_EQ(letters[1].at("bytes_base64"), "eyJldmVudF9pZCI6Iv/+In0=");  // RFC 4648
    EXPECT_EQ(letters[2].at("bytes"), "third \\ \"q\"");

    const Json page = world.get_json("/v1/dead-letters?limit=2");
    EXPECT_EQ(page.at("dead_letters").size(), 2U);
    const Json rest = world.get_json("/v1/dead-letters?limit=2&after=" + page.at("next").dump());
    ASSERT_EQ(rest.at("dead_letters").size(), 1U);
    EXPECT_EQ(rest.at("dead_letters")[0], letters[2]);
    EXPECT_TRUE(rest.at("next").is_null());
    EXPECT_EQ(world.get_json("/v1/dead-letters" + range(0, 1)).at("dead_letters").size(), 3U);
    EXPECT_TRUE(world.get_json("/v1/dead-letters" + range(1, 9)).at("dead_letters").empty());
    expect_problem(world.get("/v1/dead-letters?limit=1001"), 400, "invalid-request");
}

TEST(ReadRoutes, the_status_says_how_the_server_counts) {
    RunningService world;
    world.clock.advance(Duration{1500});
    const Json status = world.get_json("/v1/status");
    EXPECT_EQ(status.at("version"), version());
    EXPECT_EQ(status.at("state"), "ready");
    EXPECT_EQ(status.at("now"), at(1500));
    EXPECT_EQ(status.at("started_at"), at(0));
    EXPECT_EQ(status.at("group_by"), "County");
    EXPECT_EQ(status.at("view"), "county-5m");
    EXPECT_EQ(status.at("window"), "5m");
    EXPECT_EQ(status.at("pane"), "1s");
    EXPECT_EQ(*parse_duration(status.at("slide").get<std::string>()), std::chrono::seconds{60});
    EXPECT_EQ(status.at("lateness"), "30s");
    EXPECT_EQ(status.at("retention"), "7d");
    EXPECT_TRUE(status.at("store_bytes").is_number_unsigned());
    EXPECT_EQ(world.get("/livez").status, 200U);
    EXPECT_EQ(world.get("/readyz").status, 200U);
}

// The value of each sample, by its name and labels; what is no line of the text format fails.
std::map<std::string, double> samples_of(const std::string& text) {
    static const std::regex comment("# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*");
    static const std::regex sample(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*")*\})?) ([-+0-9.eE]+|\+Inf|NaN))re");
    std::map<std::string, double> samples;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (line.empty() || std::regex_match(line, comment)) continue;
        EXPECT_TRUE(std::regex_match(line, match, sample)) << line;
        if (match.empty()) continue;
        const bool is_new = samples.emplace(match[1], std::stod(match[6])).second;
        EXPECT_TRUE(is_new) << "twice: " << line;
    }
    EXPECT_EQ(text.back(), '\n');
    return samples;
}

TEST(ReadRoutes, the_metrics_agree_with_the_ledger) {
    RunningService world;
    post_some(world);
    world.post(some_events(), {{"Idempotency-Key", "b1"}});
    world.post(line_of("a-1") + "\n" + "bad\nworse\n", {{"Idempotency-Key", "b2"}});
    const Json ledger = world.ledger();
    const auto answer = world.get("/metrics");
    EXPECT_EQ(answer.headers.get("Content-Type").value_or("").substr(0, 25), "text/plain; version=0.0.4");
    auto samples = samples_of(answer.body);
    for (const char* outcome : {"received", "stored", "duplicates", "rejected"})
        EXPECT_EQ(samples.at("weir_ledger_events{outcome=\"" + std::string(outcome) + "\"}"),
                  ledger.at(outcome).get<double>());
    EXPECT_EQ(samples.at("weir_ledger_balanced"), 1);
    EXPECT_EQ(samples.at("weir_events_total{outcome=\"stored\"}"), 5);
    EXPECT_EQ(samples.at("weir_events_total{outcome=\"duplicate\"}"), 6);
    EXPECT_EQ(samples.at("weir_events_total{outcome=\"rejected\"}"), 2);
    EXPECT_EQ(samples.at("weir_rejected_events_total{reason=\"json_invalid\"}"), 2);
    EXPECT_EQ(samples.at("weir_replayed_batches_total"), 1);
    EXPECT_EQ(answer.body.find("Kent"), std::string::npos) << "a key has become a label";

    world.restart();
    samples = samples_of(world.get("/metrics").body);
    EXPECT_EQ(samples.at("weir_ledger_events{outcome=\"stored\"}"), 5);
    EXPECT_EQ(samples.at("weir_events_total{outcome=\"stored\"}"), 0);
}

}  // namespace
}  // namespace weir::test
