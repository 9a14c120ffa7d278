// `weir cost` as it is run.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace weir::cli {
namespace {

using nlohmann::json;
using test::ProgramResult;
using test::TemporaryFolder;
using test::weir;

json bill_of(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"cost", "--output", "json"});
    const ProgramResult result = weir(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    return json::parse(result.out);
}

const json& line(const json& bill, const std::string& what) {
    const json& lines = bill["lines"];
    const auto found = std::ranges::find_if(lines, [&](const json& entry) { return entry["what"] == what; });
    if (found == lines.end()) throw std::runtime_error("no line " + what);
    return *found;
}

TEST(CostCommand, prints_a_line_for_all_that_is_paid_and_what_is_free_of_it) {
    const ProgramResult result = weir({"cost", "--rate", "100/s"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
    for (const char* words : {"sends",
                              "receives",
                              "deletes",
                              "polls of an empty queue",
                              "store invocations",
                              "raw events, rows",
                              "counts",
                              "markers",
                              "aggregate rows",
                              "events table",
                              "point-in-time recovery",
                              "schedule",
                              "logs of",
                              "alarms",
                              "always free",
                              "all, at list price",
                              "to pay, after the free tier",
                              "as asked",
                              "cheapest in rows",
                              "cheapest in blocks",
                              "the plain way",
                              "FREE FOR EVER"})
        EXPECT_NE(result.out.find(words), std::string::npos) << words << '\n' << result.out;
    EXPECT_EQ(result.out.find(" HOW\n"), std::string::npos);
}

TEST(CostCommand, explains_how_the_units_came_about) {
    const ProgramResult result = weir({"cost", "--rate", "10/s", "--explain"});
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.out.find("5 connections x 2,628,000 seconds a month / 20 seconds a poll"),
              std::string::npos)
        << result.out;
}

TEST(CostCommand, the_json_document_carries_lines_totals_and_other_ways) {
    const json bill =
        bill_of({"--rate", "10/s", "--batch-events", "100", "--linger", "10s", "--compress", "none"});
    EXPECT_EQ(bill["region"], "us-east-1");
    EXPECT_EQ(bill["events_a_month"], 26'280'000);     // 10 x 730 x 3,600
    EXPECT_EQ(line(bill, "sends")["units"], 262'800);  // of 60,174 bytes
    EXPECT_EQ(line(bill, "raw events, rows")["units"], 26'280'000);
    EXPECT_NEAR(line(bill, "raw events, rows")["list_usd"].get<double>(), 16.425, 1e-6);
    double sum = 0;
    for (const json& entry : bill["lines"])
        sum += entry["list_usd"].get<double>();
    EXPECT_NEAR(sum, bill["total"]["list_usd_a_month"].get<double>(), 1e-6);
    for (const char* way : {"cheapest_rows", "cheapest_blocks", "plain"})
        EXPECT_TRUE(bill["other_ways"][way]["total"]["usd_a_million_events"].is_number()) << way;
    EXPECT_GE(bill["free_for_ever"]["rows"]["events_a_second"], 20);
    EXPECT_EQ(bill["measured"], json::array());
}

TEST(CostCommand, the_flags_of_the_cheapest_way_are_flags_of_this_command) {
    const json bill = bill_of({"--rate", "50/s", "--layout", "blocks"});
    const json& cheapest = bill["other_ways"]["cheapest_blocks"];
    std::vector<std::string> arguments{"--rate", "50/s"};
    std::istringstream words(cheapest["flags"].get<std::string>());
    for (std::string word; words >> word;)
        arguments.push_back(word);
    EXPECT_EQ(bill_of(arguments)["total"], cheapest["total"]);
}

TEST(CostCommand, other_prices_change_the_bill) {
    const TemporaryFolder folder;
    json prices = json::parse(test::read_file(WEIR_SOURCE_DIR "/data/prices/us-east-1.json"));
    prices["region"] = "eu-north-9";
    prices["prices"]["dynamodb-write"]["usd"] = 1.25;
    const std::string file = folder.file("prices.json", prices.dump());
    const json bill = bill_of({"--rate", "10/s", "--prices", file});
    EXPECT_EQ(bill["region"], "eu-north-9");
    EXPECT_NEAR(line(bill, "raw events, rows")["list_usd"].get<double>(), 26.28 * 1.25, 1e-6);
}

TEST(CostCommand, compares_with_a_measured_run) {
    const TemporaryFolder folder;
    const std::string file = folder.file("run.json", R"({"events":5000,"messages":55})");
    const std::vector<std::string> flags{"--rate", "10/s", "--batch-events", "100", "--linger", "10s"};
    std::vector<std::string> arguments = flags;
    arguments.insert(arguments.end(), {"--measured", file});
    const json measured = bill_of(arguments)["measured"];
    ASSERT_EQ(measured.size(), 1U);
    EXPECT_EQ(measured[0]["what"], "messages");
    EXPECT_NEAR(measured[0]["predicted"].get<double>(), 50, 1e-6);
    EXPECT_NEAR(measured[0]["difference_percent"].get<double>(), 10, 1e-6);
    arguments.insert(arguments.begin(), "cost");
    EXPECT_NE(weir(arguments).out.find("+10.0%"), std::string::npos);
}

TEST(CostCommand, warns_of_a_linger_that_the_lateness_does_not_cover) {
    const ProgramResult result = weir({"cost", "--linger", "50s"});
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("lateness"), std::string::npos);
}

TEST(CostCommand, what_cannot_be_used_ends_with_two) {
    const TemporaryFolder folder;
    const std::string wrong = folder.file("wrong.json", "{}");
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"x"},
                                               {"--rate", "max"},
                                               {"--rate", "100"},
                                               {"--rate", "-1/s"},
                                               {"--event-bytes", "0"},
                                               {"--layout", "columns"},
                                               {"--transport", "http"},
                                               {"--billing", "free"},
                                               {"--keys", "0"},
                                               {"--batch-events", "0"},
                                               {"--memory", "64"},
                                               {"--pane", "7s"},
                                               {"--slide", "10m"},
                                               {"--prices", "/nonexistent"},
                                               {"--prices", "/"},
                                               {"--prices", wrong},
                                               {"--measured", "/nonexistent"},
                                               {"--measured", wrong},
                                               {"--output", "xml"}}) {
        std::vector<std::string> all{"cost"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const ProgramResult result = weir(all);
        EXPECT_EQ(result.status, 2) << arguments.front() << '\n' << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_TRUE(result.err.starts_with("weir: ")) << result.err;
    }
}

TEST(CostCommand, the_reference_holds_its_help_and_its_examples_work) {
    const std::string help = weir({"cost", "--help"}).out;
    EXPECT_NE(test::read_file(WEIR_SOURCE_DIR "/docs/cli.md").find(help), std::string::npos)
        << "run tests/cli/update_docs.py";
    std::istringstream lines(help);
    int examples = 0;
    for (std::string text; std::getline(lines, text);) {
        if (!text.starts_with("  weir cost")) continue;
        if (text.find("--measure") != std::string::npos) continue;  // wants AWS: tests/aws_e2e/verify_test.py
        ++examples;
        std::vector<std::string> arguments;
        std::istringstream words(text);
        for (std::string word; words >> word;)
            arguments.push_back(word);
        arguments.erase(arguments.begin());
        EXPECT_EQ(weir(arguments).status, 0) << text;
    }
    EXPECT_EQ(examples, 3);
}

}  // namespace
}  // namespace weir::cli
