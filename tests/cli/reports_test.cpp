// What commands print, from made-up results.
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/exit_status.h"
#include "cli/generated_rows.h"
#include "cli/row_printer.h"
#include "cli/stream_summary.h"
#include "cli/verify_report.h"

namespace weir::cli {
namespace {

const Style plain(ColorMode::never, STDOUT_FILENO);

ProducerSummary complete() {
    ProducerSummary summary;
    summary.run_id = "r1";
    summary.totals.produced = summary.totals.acknowledged = summary.totals.stored = 1000;
    summary.totals.wire_bytes = 2048;
    summary.totals.seconds = 2;
    return summary;
}

TEST(StreamStatus, is_zero_only_when_all_was_acknowledged_and_nothing_rejected) {
    EXPECT_EQ(stream_status(complete(), {}), 0);
    ProducerSummary rejected = complete();
    rejected.totals.rejected = 1;
    EXPECT_EQ(stream_status(rejected, {}), 1);
    ProducerSummary lost = complete();
    lost.error = Error{ErrorCode::unreachable, "connect-failed", "", ""};
    EXPECT_EQ(stream_status(lost, {}), 3);
    ProducerSummary refused = complete();
    refused.error = Error{ErrorCode::unauthorized, "unauthorized", "", ""};
    EXPECT_EQ(stream_status(refused, {}), 4);
    ProducerSummary stopped = complete();
    stopped.interrupted = true;
    EXPECT_EQ(stream_status(stopped, 2), 130);
    EXPECT_EQ(stream_status(stopped, 15), 143);
    ProducerSummary missing = complete();
    missing.totals.acknowledged = 999;
    EXPECT_EQ(stream_status(missing, {}), 3);
}

TEST(StreamStatus, a_signal_that_came_after_the_end_changes_nothing) {
    EXPECT_EQ(stream_status(complete(), 2), 0);
}

TEST(StreamSummary, is_a_table_of_names_and_values) {
    const std::string text = summary_table(complete());
    EXPECT_NE(text.find("run id        r1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("acknowledged  1,000\n"), std::string::npos) << text;
    EXPECT_NE(text.find("rate          500.0 events/s\n"), std::string::npos) << text;
}

TEST(StreamSummary, is_one_json_document) {
    ProducerSummary summary = complete();
    summary.totals.rejected = 1;
    summary.first_rejected.push_back({.id = 0,
                                      .received_at = {},
                                      .batch_id = "",
                                      .source = "",
                                      .line = 4,
                                      .reason = RejectReason::csv_field_count,
                                      .message = "3 \"cells\"",
                                      .bytes = ""});
    EXPECT_EQ(
        summary_json(summary),
        R"({"run_id":"r1","sent":1000,"acknowledged":1000,"stored":1000,"duplicates":0,"rejected":1,"failed":0,"late":0,"retries":0,"batches":0,)"
        R"("wire_bytes":2048,"seconds":2.000,"rate":500.000,"interrupted":false,"error":null,"first_rejected":[{"line":4,"code":"csv_field_count","message":"3 \"cells\""}]})"
        "\n");
}

TEST(ExitStatus, follows_the_kind_of_error) {
    EXPECT_EQ(exit_status_of({ErrorCode::usage, "", "", ""}), 2);
    EXPECT_EQ(exit_status_of({ErrorCode::unreachable, "", "", ""}), 3);
    EXPECT_EQ(exit_status_of({ErrorCode::storage, "", "", ""}), 3);
    EXPECT_EQ(exit_status_of({ErrorCode::unauthorized, "", "", ""}), 4);
    EXPECT_EQ(exit_status_of({ErrorCode::refused, "", "", ""}), 4);
    EXPECT_EQ(exit_status_of_signal(2), 130);
    EXPECT_EQ(exit_status_of_signal(15), 143);
}

VerifyReport failed_report() {
    VerifyReport report;
    report.comparison.expected_total = 500;
    report.comparison.actual_total = 499;
    report.comparison.keys = {{"Delaware\x1b[2J", 34, 33}};
    report.comparison.missing = 1;
    report.comparison.missing_ids = {"r1-000017"};
    report.comparison.likely_cause = "an event was lost";
    return report;
}

TEST(VerifyReport, a_failure_names_keys_events_and_cause) {
    EXPECT_EQ(verdict_text(failed_report(), plain),
              "FAIL  the raw events count 500, the row says 499\n"
              "KEY              EXPECTED  ACTUAL\n"
              "Delaware\\x1B[2J        34      33\n"
              "1 missing events: r1-000017\n"
              "likely cause: an event was lost\n");
    EXPECT_NE(report_json(failed_report(), {}, {}).find(R"("passed":false)"), std::string::npos);
}

TEST(VerifyReport, one_missed_tampering_fails_the_self_test) {
    const std::vector<TamperOutcome> outcomes{{"an event lost", true, "1 missing"},
                                              {"an event doubled", false, "nothing"}};
    EXPECT_FALSE(all_caught(outcomes));
    EXPECT_EQ(self_test_text(outcomes, plain),
              "caught  an event lost: 1 missing\nMISSED  an event doubled: nothing\nFAIL  1 of 2 tamperings "
              "were caught\n");
}

AggregateRow sample_row() {
    AggregateRow row;
    row.view = "county-5m";
    row.window_start = *parse_rfc3339("2026-11-24T00:10:00Z");
    row.window_end = *parse_rfc3339("2026-11-24T00:15:00Z");
    row.computed_at = row.window_end;
    row.counts = {{"=1+1", 1}, {"Delaware", 1187}, {"Ulster", 12}};
    row.total = 1200;
    row.late = 3;
    row.final = true;
    row.as_of = 41;
    return row;
}

std::string printed(OutputFormat format, std::optional<std::uint64_t> top) {
    testing::internal::CaptureStdout();
    {
        DataSink out = DataSink::standard_output();
        EXPECT_TRUE(print_row(out, sample_row(), format, top));
        EXPECT_TRUE(out.finish());
    }
    return testing::internal::GetCapturedStdout();
}

TEST(RowPrinter, a_table_ranks_the_counts) {
    EXPECT_EQ(printed(OutputFormat::table, 2),
              "window  2026-11-24T00:10:00.000Z to 2026-11-24T00:15:00.000Z\n"
              "total   1,200 events of 3 keys, 3 late\n"
              "state   final, revision 0, as of 41\n"
              "\n"
              "KEY       COUNT  SHARE\n"
              "Delaware  1,187  98.9%\n"
              "Ulster       12   1.0%\n"
              "and 1 more\n");
}

TEST(RowPrinter, csv_has_a_header_and_no_formulas) {
    EXPECT_EQ(printed(OutputFormat::csv, std::nullopt),
              "window_start,window_end,key,count,total,late,revision,final,run_id\n"
              "2026-11-24T00:10:00.000Z,2026-11-24T00:15:00.000Z,Delaware,1187,1200,3,0,true,\n"
              "2026-11-24T00:10:00.000Z,2026-11-24T00:15:00.000Z,Ulster,12,1200,3,0,true,\n"
              "2026-11-24T00:10:00.000Z,2026-11-24T00:15:00.000Z,'=1+1,1,1200,3,0,true,\n");
}

TEST(GeneratedRows, use_the_field_that_is_counted_and_leave_it_empty_at_times) {
    const auto rows = make_generated_rows("Site \"A\"");
    bool empty = false;
    for (int i = 0; i < 50; ++i) {
        const Row* row = *rows->next();
        EXPECT_TRUE(row->json.starts_with(R"("Site \"A\"":")")) << row->json;
        empty = empty || row->json.starts_with(R"("Site \"A\"":"",)");
    }
    EXPECT_TRUE(empty);
}

}  // namespace
}  // namespace weir::cli
