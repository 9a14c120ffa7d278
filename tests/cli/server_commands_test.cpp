// Every command against a running `weir serve`.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>

#include "cli/program.h"

namespace weir::cli {
namespace {

using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using test::RunningServer;
using test::TemporaryFolder;

const std::string real_data = WEIR_SOURCE_DIR "/data/recommended_fishing_rivers_and_streams.csv";

ProgramResult ask(const RunningServer& server, std::vector<std::string> arguments) {
    return test::weir(std::move(arguments), {{"WEIR_SERVER", server.url()}, {"WEIR_TO", server.url()}});
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// Asks again until the answer is 0; the schedule of the server decides when that is.
ProgramResult ask_until_done(const RunningServer& server, const std::vector<std::string>& arguments) {
    ProgramResult result;
    for (int tries = 0; tries < 1000; ++tries) {
        result = ask(server, arguments);
        if (result.status == 0) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return result;
}

TEST(Server, brings_in_the_real_data_and_counts_it) {
    const RunningServer server;
    const ProgramResult sent = ask(server, {"stream", real_data, "--output", "json"});
    EXPECT_EQ(sent.status, 0) << sent.err;
    EXPECT_NE(
        sent.out.find(R"("sent":546,"acknowledged":546,"stored":546,"duplicates":0,"rejected":0,"failed":0)"),
        std::string::npos)
        << sent.out;
    const ProgramResult live = ask(server, {"query", "live", "--top", "1"});
    EXPECT_EQ(live.status, 0) << live.err;
    EXPECT_NE(live.out.find("546 events of 55 keys"), std::string::npos) << live.out;
    EXPECT_NE(live.out.find("Delaware     34   6.2%"), std::string::npos) << live.out;
    EXPECT_NE(live.out.find("and 54 more"), std::string::npos) << live.out;
}

TEST(Server, takes_csv_and_sends_exactly_the_limit) {
    const RunningServer server;
    const ProgramResult sent = ask(server, {"stream", real_data, "--limit", "1200", "--format", "csv",
                                            "--compress", "none", "--output", "json"});
    EXPECT_EQ(sent.status, 0) << sent.err;
    EXPECT_NE(sent.out.find(R"("sent":1200,"acknowledged":1200)"), std::string::npos) << sent.out;
    const ProgramResult exported = ask(server, {"export"});
    EXPECT_EQ(exported.status, 0) << exported.err;
    EXPECT_EQ(lines_in(exported.out), 1200U);
}

TEST(Server, prints_rows_in_every_form) {
    const RunningServer server({"--slide", "1s", "--window", "10s"});
    EXPECT_EQ(ask(server, {"stream", real_data, "-q"}).status, 0);
    const ProgramResult latest = ask_until_done(server, {"query", "latest"});
    EXPECT_EQ(latest.status, 0) << latest.err;
    EXPECT_NE(ask(server, {"query", "latest", "--output", "json"}).out.find(R"("view":"county-10s")"),
              std::string::npos);
    EXPECT_TRUE(ask(server, {"query", "range", "-1m", "now", "--output", "csv"})
                    .out.starts_with("window_start,window_end,key,count"));
    EXPECT_TRUE(ask(server, {"query", "range", "-1m", "now"}).out.starts_with("WINDOW END"));
    EXPECT_TRUE(
        ask(server, {"query", "range", "-1m", "now", "--output", "json"}).out.starts_with(R"({"rows":[)"));
    EXPECT_EQ(ask_until_done(server, {"query", "at", "now"}).status, 0);
}

TEST(Server, a_row_that_is_not_there_ends_with_one) {
    const RunningServer server;
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"query", "at", "-1h"}, {"query", "--run-id", "absent"}}) {
        const ProgramResult result = ask(server, arguments);
        EXPECT_EQ(result.status, 1) << arguments[1] << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.err.find("hint: "), std::string::npos) << result.err;
    }
}

TEST(Server, keeps_the_row_of_a_run) {
    const RunningServer server;
    EXPECT_EQ(ask(server, {"stream", real_data, "-q"}).status, 0);
    const ProgramResult written = ask(server, {"aggregate", "--run-id", "check-1", "--output", "json"});
    EXPECT_EQ(written.status, 0) << written.err;
    EXPECT_NE(written.out.find(R"("total":546)"), std::string::npos) << written.out;
    EXPECT_NE(written.out.find(R"("run_id":"check-1")"), std::string::npos) << written.out;
    EXPECT_EQ(ask(server, {"query", "--run-id", "check-1", "--output", "json"}).out, written.out);
}

TEST(Server, what_it_refuses_ends_with_four) {
    const RunningServer server;
    EXPECT_EQ(ask(server, {"aggregate", "--run-id", "x", "--at", "2026-11-24T00:15:00.123Z"}).status,
              4);  // no whole number of panes
}

TEST(Server, verifies_itself_and_passes_the_audit) {
    const RunningServer server;
    const ProgramResult verified = ask(server, {"verify", "--limit", "500", "--self-test"});
    EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
    for (const std::string step : {"1/5 ", "2/5 ", "3/5 ", "4/5 ", "5/5 "})
        EXPECT_NE(verified.out.find("\n" + step), step == "1/5 " ? 0U : std::string::npos);
    EXPECT_NE(verified.out.find("\nPASS  "), std::string::npos) << verified.out;
    EXPECT_NE(verified.out.find("caught  "), std::string::npos) << verified.out;
    EXPECT_EQ(verified.out.find("MISSED"), std::string::npos) << verified.out;
    EXPECT_EQ(
        ask(server, {"verify", "--file", real_data, "--limit", "700", "--output", "json"}).out.substr(0, 14),
        R"({"passed":true)");
    const ProgramResult audited = ask(server, {"audit", "--output", "json"});
    EXPECT_EQ(audited.status, 0) << audited.out << audited.err;
    EXPECT_NE(audited.out.find(R"("passed":true)"), std::string::npos) << audited.out;
    EXPECT_NE(audited.out.find(R"("events":1200)"), std::string::npos) << audited.out;
    EXPECT_NE(ask(server, {"audit", "--from", "-10m"}).out.find("PASS"), std::string::npos);
}

TEST(Verify, spawns_a_server_and_leaves_nothing_behind) {
    const TemporaryFolder folder;
    const ProgramResult result =
        test::weir({"verify", "--spawn", "--limit", "200"}, {{"TMPDIR", folder.path().string()}});
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Verify, interrupted_it_leaves_nothing_behind_either) {
    const TemporaryFolder folder;
    ProgramOptions options;
    options.arguments = {"verify", "--spawn", "--rate", "10/s", "--progress", "always"};
    options.environment = {{"TMPDIR", folder.path().string()}};
    test::Program program(options);
    ASSERT_TRUE(program.wait_for_error_text("events/s"));
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().status, 130);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Verify, aborted_by_two_signals_it_leaves_nothing_behind) {
    const TemporaryFolder folder;
    ProgramOptions options;
    options.arguments = {"verify", "--spawn", "--rate", "10/s", "--progress", "always"};
    options.environment = {{"TMPDIR", folder.path().string()}};
    test::Program program(options);
    ASSERT_TRUE(program.wait_for_error_text("events/s"));
    program.signal(SIGINT);
    program.signal(SIGTERM);
    EXPECT_GE(program.wait().status, 130);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Server, exports_what_came_in) {
    const RunningServer server;
    const TemporaryFolder folder;
    const std::string rows = folder.file("rows.csv", "County,Note\nDelaware,=1+1\nUlster,-76.61\n");
    EXPECT_EQ(ask(server, {"stream", rows, "--run-id", "r1", "-q"}).status, 0);
    const ProgramResult lines = ask(server, {"export"});
    EXPECT_EQ(lines.status, 0) << lines.err;
    EXPECT_TRUE(lines.out.starts_with(R"({"event_id":"r1-000001",)")) << lines.out;
    EXPECT_NE(lines.err.find("exported 2 events, as of "), std::string::npos) << lines.err;
    const std::string path = (folder.path() / "events.csv").string();
    const ProgramResult csv = ask(server, {"export", "--format", "csv", "--columns", "Note", "-o", path});
    EXPECT_EQ(csv.status, 0) << csv.err;
    const std::string content = test::read_file(path);
    EXPECT_TRUE(content.starts_with("event_id,ts,Note\n")) << content;
    EXPECT_NE(content.find(",'=1+1\n"), std::string::npos) << content;
    EXPECT_NE(content.find(",-76.61\n"), std::string::npos) << content;
    EXPECT_NE(csv.err.find("County (2)"), std::string::npos) << csv.err;
    EXPECT_EQ(ask(server, {"export", "--from", "-2h", "--to", "-1h"}).out, "");
}

TEST(Server, shows_what_it_refused) {
    const RunningServer server;
    const TemporaryFolder folder;
    EXPECT_NE(ask(server, {"dead-letters", "list"}).err.find("no dead letters"), std::string::npos);
    const std::string rows =
        folder.file("rows.ndjson", "{\"County\":\"Delaware\"}\n{\"County\":17,\"Note\":\"\\u001b[2J\"}\n");
    const std::string rejects = (folder.path() / "rejects.ndjson").string();
    const ProgramResult sent = ask(server, {"stream", rows, "-q", "--rejects", rejects});
    EXPECT_EQ(sent.status, 1) << sent.out << sent.err;
    EXPECT_NE(sent.out.find("key_type"), std::string::npos) << sent.out;
    EXPECT_NE(test::read_file(rejects).find(R"(\"County\":17)"), std::string::npos)
        << test::read_file(rejects);
    const ProgramResult listed = ask(server, {"dead-letters", "list"});
    EXPECT_EQ(listed.status, 0) << listed.err;
    EXPECT_NE(listed.out.find("key_type"), std::string::npos) << listed.out;
    EXPECT_EQ(listed.out.find('\x1b'), std::string::npos);
    const ProgramResult exported = ask(server, {"dead-letters", "export"});
    EXPECT_EQ(lines_in(exported.out), 1U) << exported.out;
    EXPECT_NE(exported.out.find(R"("code":"key_type")"), std::string::npos) << exported.out;
    EXPECT_EQ(lines_in(ask(server, {"dead-letters", "export", "--format", "csv"}).out), 2U);
    EXPECT_EQ(ask(server, {"dead-letters", "list", "--to", "-1h"}).out, "");
}

TEST(Server, asks_for_its_token) {
    const TemporaryFolder folder;
    const std::string good = folder.file("token", "0123456789abcdef\n"),
                      bad = folder.file("other", "fedcba9876543210\n");
    const RunningServer server({"--token-file", good});
    EXPECT_EQ(ask(server, {"query", "live"}).status, 4);
    EXPECT_EQ(ask(server, {"query", "live", "--token-file", bad}).status, 4);
    EXPECT_EQ(ask(server, {"query", "live", "--token-file", good}).status, 0);
    EXPECT_EQ(ask(server, {"stream", real_data, "-q"}).status, 4);
    EXPECT_EQ(ask(server, {"stream", real_data, "-q", "--token-file", good}).status, 0);
    EXPECT_EQ(ask(server, {"verify", "--token-file", good}).status, 0);
}

TEST(Serve, drains_at_the_first_signal) {
    for (const int signal : {SIGINT, SIGTERM}) {
        RunningServer server;
        EXPECT_EQ(ask(server, {"stream", real_data, "-q"}).status, 0);
        server.program().signal(signal);
        const ProgramResult result = server.program().wait();
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.err.find("draining"), std::string::npos) << result.err;
    }
}

TEST(Serve, outlives_a_hangup) {
    RunningServer server;
    server.program().signal(SIGHUP);
    EXPECT_EQ(ask(server, {"query", "live"}).status, 0);
}

TEST(Serve, keeps_what_it_has_over_a_restart_and_refuses_a_second_process) {
    const TemporaryFolder folder;
    const std::string data = (folder.path() / "data").string();
    {
        RunningServer server({"--data-dir", data});
        EXPECT_EQ(ask(server, {"stream", real_data, "-q"}).status, 0);
        const ProgramResult second = test::weir({"serve", "--listen", "127.0.0.1:0", "--data-dir", data});
        EXPECT_NE(second.status, 0);
        EXPECT_TRUE(second.err.starts_with("weir: ")) << second.err;
        server.program().signal(SIGTERM);
        EXPECT_EQ(server.program().wait().status, 0);
    }
    RunningServer again({"--data-dir", data});
    EXPECT_EQ(lines_in(ask(again, {"export"}).out), 546U);
    EXPECT_EQ(ask(again, {"audit"}).status, 0);
}

TEST(Serve, an_address_in_use_is_named) {
    const RunningServer server;
    const TemporaryFolder folder;
    const ProgramResult result =
        test::weir({"serve", "--listen", server.url().substr(7), "--data-dir", folder.path().string()});
    EXPECT_EQ(result.status, 3) << result.err;
    EXPECT_NE(result.err.find(server.url().substr(7)), std::string::npos) << result.err;
}

TEST(Serve, logs_json_and_nothing_else_when_asked_to) {
    const TemporaryFolder folder;
    ProgramOptions options;
    options.arguments = {
        "serve",      "--listen", "127.0.0.1:0",  "--data-dir", (folder.path() / "data").string(),
        "--min-free", "1MiB",     "--log-format", "json"};
    test::Program program(options);
    ASSERT_TRUE(program.wait_for_error_text(R"("message":"listening")"));
    program.signal(SIGTERM);
    const ProgramResult result = program.wait();
    EXPECT_EQ(result.status, 0);
    for (std::size_t at = 0; at < result.err.size(); at = result.err.find('\n', at) + 1)
        EXPECT_EQ(result.err[at], '{') << result.err.substr(at);
}

TEST(Stream, gives_up_a_server_that_is_not_there_and_sums_up) {
    const ProgramResult result = test::weir(
        {"stream", real_data, "--to", "http://127.0.0.1:1", "--retry-for", "0s", "--output", "json"});
    EXPECT_EQ(result.status, 3) << result.err;
    EXPECT_NE(result.out.find(R"("acknowledged":0)"), std::string::npos) << result.out;
    EXPECT_NE(result.err.find("127.0.0.1:1"), std::string::npos) << result.err;
}

TEST(Stream, a_second_signal_aborts_and_still_sums_up) {
    ProgramOptions options;
    options.arguments = {"stream", real_data, "--to", "http://127.0.0.1:1", "--loop", "--progress", "always"};
    test::Program program(options);
    ASSERT_TRUE(program.wait_for_error_text("events/s"));
    program.signal(SIGINT);
    ASSERT_TRUE(program.wait_for_error_text("draining"));
    program.signal(SIGINT);
    const ProgramResult result = program.wait();
    EXPECT_EQ(result.status, 130);
    EXPECT_NE(result.out.find("acknowledged  0"), std::string::npos) << result.out;
}

// The examples of a help text: what stands between "Examples:" and the next empty line.
std::vector<std::string> examples_of(const std::string& command) {
    const std::string help = test::weir({command, "--help"}).out;
    const std::string title = "Examples:\n";
    std::vector<std::string> examples;
    for (std::size_t at = help.find(title) + title.size(); help[at] == ' ';) {
        const std::size_t end = help.find('\n', at);
        examples.push_back(help.substr(at + 2, end - at - 2));
        at = end + 1;
    }
    return examples;
}

bool needs_aws(const std::string& example) {
    return example.find("--aws") != std::string::npos || example.find("sqs://") != std::string::npos;
}

TEST(Examples, of_every_help_text_work_as_they_are) {
    const RunningServer server({"--slide", "1s", "--pane", "1s"});
    EXPECT_EQ(ask_until_done(server, {"query", "latest"}).status, 0);
    const TemporaryFolder folder;
    std::filesystem::create_directory_symlink(WEIR_SOURCE_DIR "/data", folder.path() / "data");
    const std::string programs = std::filesystem::path(WEIR_PROGRAM).parent_path().string();
    for (const std::string command : {"stream", "query", "aggregate", "verify", "audit", "export",
                                      "dead-letters", "top", "completion", "man"}) {
        const std::vector<std::string> examples = examples_of(command);
        EXPECT_GE(examples.size(), 3U) << command;
        for (const std::string& example : examples) {
            if (needs_aws(example)) continue;  // tests/aws_e2e/verify_test.py runs them
            ProgramOptions options;
            options.program = "bash";
            options.arguments = {"-c", "set -o pipefail; " + example};
            options.folder = folder.path();
            options.environment = {{"PATH", programs + ":/usr/bin:/bin"},
                                   {"WEIR_SERVER", server.url()},
                                   {"WEIR_TO", server.url()}};
            const ProgramResult result = run_program(options);
            EXPECT_EQ(result.status, 0) << example << '\n' << result.out.substr(0, 2000) << result.err;
        }
    }
}

// The files that the examples of serve name.
void write_named_files(const TemporaryFolder& folder) {
    const std::string map =
        R"({"type":"Topology","objects":{"regions":{"type":"GeometryCollection",)"
        R"("geometries":[{"type":"Polygon","properties":{"code":"North"},"arcs":[[0]]}]}},)"
        R"("arcs":[[[0,0],[1,0],[1,1],[0,0]]]})";
    static_cast<void>(folder.file("regions.topojson", map));
    static_cast<void>(folder.file("webhook.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"));
}

// A test calls nobody: what an example would push goes to a port of this machine that nobody listens on.
std::string without_calls(std::string example) {
    const std::string receiver = "https://hooks.example.org/";
    if (const std::size_t at = example.find(receiver); at != std::string::npos)
        example.replace(at, receiver.size(), "http://127.0.0.1:1/");
    return example;
}

TEST(Examples, of_serve_start_a_server) {
    const std::string programs = std::filesystem::path(WEIR_PROGRAM).parent_path().string();
    const std::vector<std::string> examples = examples_of("serve");
    EXPECT_GE(examples.size(), 3U);
    for (const std::string& example : examples) {
        const TemporaryFolder folder;
        write_named_files(folder);
        ProgramOptions options;
        options.program = "bash";
        options.arguments = {"-c", "exec " + without_calls(example)};
        options.folder = folder.path();
        options.environment = {{"PATH", programs + ":/usr/bin:/bin"},
                               {"WEIR_LISTEN", "127.0.0.1:0"},
                               {"WEIR_DATA_DIR", "data"},
                               {"WEIR_MIN_FREE", "1MiB"}};
        test::Program program(options);
        ASSERT_TRUE(program.wait_for_error_text("listening on")) << example << program.err_so_far();
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().status, 0) << example;
    }
}

}  // namespace
}  // namespace weir::cli
