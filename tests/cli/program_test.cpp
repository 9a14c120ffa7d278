// The program as it is run: exit statuses, help, where settings come from, pipes.
#include "cli/program.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <signal.h>

namespace weir::cli {
namespace {

using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using test::TemporaryFolder;
using test::weir;

const std::vector<std::string> commands{"serve", "stream", "query",        "top",  "aggregate",  "verify",
                                        "audit", "export", "dead-letters", "cost", "completion", "man"};

TEST(Program, tells_its_version) {
    for (const auto& arguments : {std::vector<std::string>{"--version"}, {"-V"}, {"stream", "--version"}}) {
        const ProgramResult result = weir(arguments);
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.out, "weir 0.1.0\n");
        EXPECT_EQ(result.err, "");
    }
}

TEST(Program, without_arguments_shows_its_commands_and_fails) {
    const ProgramResult result = weir({});
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    for (const std::string& command : commands)
        EXPECT_NE(result.err.find("\n  " + command), std::string::npos) << command;
}

TEST(Program, help_goes_to_standard_output_in_every_spelling) {
    EXPECT_EQ(weir({"--help"}).out, weir({"help"}).out);
    for (const std::string& command : commands) {
        const ProgramResult result = weir({command, "--help"});
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.err, "");
        EXPECT_TRUE(result.out.starts_with("weir " + command + ": ")) << result.out;
        EXPECT_NE(result.out.find("\nExamples:\n  weir " + command), std::string::npos);
        EXPECT_EQ(result.out, weir({"help", command}).out);
        EXPECT_EQ(result.out, weir({command, "-h"}).out);
    }
}

TEST(Program, the_reference_holds_every_help_text) {
    const std::string reference = test::read_file(WEIR_SOURCE_DIR "/docs/cli.md");
    EXPECT_NE(reference.find(weir({"--help"}).out), std::string::npos) << "run tests/cli/update_docs.py";
    for (const std::string& command : commands)
        EXPECT_NE(reference.find(weir({command, "--help"}).out), std::string::npos)
            << command << ": run tests/cli/update_docs.py";
}

TEST(Program, help_works_whatever_the_configuration_says) {
    const TemporaryFolder folder;
    const std::string config = folder.file("weir.toml", "nonsense");
    EXPECT_EQ(weir({"stream", "--help"}, {{"WEIR_CONFIG", config}}).status, 0);
}

// Everything that a command line can get wrong ends with 2, says something on standard error and nothing on
// standard output.
TEST(Program, usage_errors_end_with_two) {
    const std::vector<std::vector<std::string>> wrong{{"strem"},
                                                      {"--bogus"},
                                                      {"help", "strem"},
                                                      {"stream"},
                                                      {"stream", "a", "b"},
                                                      {"stream", "x.csv", "--bogus"},
                                                      {"stream", "x.csv", "--rate"},
                                                      {"stream", "x.csv", "--rate", "-1/s"},
                                                      {"stream", "x.csv", "--rate", "10"},
                                                      {"stream", "x.csv", "--limit", "0"},
                                                      {"stream", "x.csv", "--limit", "-5"},
                                                      {"stream", "x.csv", "--limit", "1.5"},
                                                      {"stream", "x.csv", "--format", "xml"},
                                                      {"stream", "x.csv", "--batch-bytes", "0"},
                                                      {"stream", "x.csv", "--in-flight", "0"},
                                                      {"stream", "x.csv", "--run-id", "a b"},
                                                      {"stream", "/nonexistent.csv"},
                                                      {"stream", "/"},
                                                      {"stream", "x.csv", "--to", "ftp://x"},
                                                      {"query"},
                                                      {"query", "latst"},
                                                      {"query", "at"},
                                                      {"query", "at", "noon"},
                                                      {"query", "range", "now", "-1h"},
                                                      {"query", "latest", "--run-id", "x"},
                                                      {"query", "latest", "--top", "0"},
                                                      {"query", "latest", "--server", "127.0.0.1"},
                                                      {"query", "latest", "--timeout", "0s"},
                                                      {"query", "latest", "--token-file", "/nonexistent"},
                                                      {"aggregate"},
                                                      {"aggregate", "--run-id", "a b"},
                                                      {"aggregate", "--run-id", "x", "--at", "soon"},
                                                      {"verify", "x"},
                                                      {"verify", "--limit", "0"},
                                                      {"top", "x"},
                                                      {"completion"},
                                                      {"completion", "zhs"},
                                                      {"man", "x"},
                                                      {"top", "--top", "0"},
                                                      {"top", "--top", "1001"},
                                                      {"top", "--sort", "size"},
                                                      {"audit", "x"},
                                                      {"export", "--from", "now", "--to", "-1h"},
                                                      {"export", "--columns", "a"},
                                                      {"export", "--format", "xml"},
                                                      {"dead-letters"},
                                                      {"dead-letters", "lst"},
                                                      {"dead-letters", "list", "--limit", "0"},
                                                      {"serve", "--listen", "8080"},
                                                      {"serve", "--window", "90s", "--pane", "60s"},
                                                      {"serve", "--pane", "0s"},
                                                      {"serve", "--slide", "10m"},
                                                      {"serve", "--deduplicate-ids", "often"},
                                                      {"serve", "--deduplicate-ids", "8d"},
                                                      {"serve", "--deduplicate-ids-max", "0"},
                                                      {"serve", "--deduplicate-ids-max", "2000000000"},
                                                      {"serve", "--threads", "0"},
                                                      {"serve", "--log-level", "loud"},
                                                      {"serve", "--config", "/nonexistent.toml"}};
    for (const std::vector<std::string>& arguments : wrong) {
        const ProgramResult result = weir(arguments);
        std::string line = "weir";
        for (const std::string& argument : arguments)
            line += ' ' + argument;
        EXPECT_EQ(result.status, 2) << line << '\n' << result.err;
        EXPECT_EQ(result.out, "") << line;
        EXPECT_TRUE(result.err.starts_with("weir: ")) << line << '\n' << result.err;
    }
}

TEST(Program, a_wrong_word_is_answered_with_the_one_that_was_meant) {
    EXPECT_NE(weir({"strem"}).err.find("did you mean weir stream?"), std::string::npos);
    EXPECT_NE(weir({"query", "latst"}).err.find("did you mean latest?"), std::string::npos);
    EXPECT_NE(weir({"stream", "x.csv", "--rte", "1/s"}).err.find("did you mean --rate?"), std::string::npos);
    EXPECT_NE(weir({"stream", "x.csv", "--format", "jsn"}).err.find("did you mean json?"), std::string::npos);
}

TEST(Program, other_machines_are_not_let_in_without_a_token) {
    const TemporaryFolder folder;
    const ProgramResult result =
        weir({"serve", "--listen", "0.0.0.0:0", "--data-dir", (folder.path() / "data").string()});
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find("--allow-remote-without-token"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "data"));
}

TEST(Program, a_server_that_is_not_there_ends_with_three) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"query", "latest"},
                                                      {"aggregate", "--run-id", "x"},
                                                      {"verify"},
                                                      {"audit"},
                                                      {"export", "--retry-for", "0s"},
                                                      {"dead-letters", "list"}}) {
        std::vector<std::string> words = arguments;
        words.insert(words.end(), {"--server", "http://127.0.0.1:1"});
        const ProgramResult result = weir(words);
        EXPECT_EQ(result.status, 3) << words[0] << '\n' << result.err;
        EXPECT_TRUE(result.err.starts_with("weir: ")) << result.err;
        EXPECT_EQ(result.out, "") << words[0];
    }
}

TEST(Program, a_server_can_be_named_by_variable_and_file) {
    const TemporaryFolder folder;
    const std::string config = folder.file("other.toml", "server = \"http://127.0.0.1:2\"\n");
    const auto error_of = [&](std::vector<std::string> arguments,
                              std::map<std::string, std::string> environment) {
        return weir(std::move(arguments), std::move(environment)).err;
    };
    EXPECT_NE(error_of({"query", "latest", "--config", config}, {}).find("127.0.0.1:2"), std::string::npos);
    EXPECT_NE(error_of({"query", "latest"}, {{"WEIR_CONFIG", config}}).find("127.0.0.1:2"),
              std::string::npos);
    EXPECT_NE(error_of({"query", "latest"}, {{"WEIR_CONFIG", config}, {"WEIR_SERVER", "http://127.0.0.1:3"}})
                  .find("127.0.0.1:3"),
              std::string::npos);
    EXPECT_NE(error_of({"query", "latest", "--server", "http://127.0.0.1:4"},
                       {{"WEIR_CONFIG", config}, {"WEIR_SERVER", "http://127.0.0.1:3"}})
                  .find("127.0.0.1:4"),
              std::string::npos);
}

TEST(Program, finds_its_configuration_where_it_runs_and_at_home) {
    const TemporaryFolder here, home;
    static_cast<void>(here.file("weir.toml", "[query]\nserver = \"http://127.0.0.1:5\"\n"));
    std::filesystem::create_directories(home.path() / "weir");
    static_cast<void>(home.file("weir/weir.toml", "[query]\nserver = \"http://127.0.0.1:6\"\n"));
    ProgramOptions options;
    options.arguments = {"query", "latest"};
    options.environment = {{"XDG_CONFIG_HOME", home.path().string()}};
    EXPECT_NE(run_program(options).err.find("127.0.0.1:6"), std::string::npos);
    options.folder = here.path();
    EXPECT_NE(run_program(options).err.find("127.0.0.1:5"), std::string::npos);
}

TEST(Program, a_wrong_configuration_names_its_line_and_ends_with_two) {
    const TemporaryFolder folder;
    const std::string unknown = folder.file("a.toml", "[stream]\nrat = \"1/s\"\n");
    const ProgramResult result = weir({"query", "latest", "--config", unknown});
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find("a.toml:2: unknown key 'rat'"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("did you mean 'rate'?"), std::string::npos) << result.err;
    const std::string bad = folder.file("b.toml", "[query]\n\ntop = \"many\"\n");
    EXPECT_NE(weir({"query", "latest", "--config", bad}).err.find("b.toml:3: top: 'many'"),
              std::string::npos);
}

ProgramOptions stream_to_output(const std::string& input, std::vector<std::string> more = {}) {
    ProgramOptions options;
    options.arguments = {"stream", "-", "--to", "-"};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    options.input = input;
    return options;
}

TEST(Program, streams_to_standard_output_and_sums_up_on_standard_error) {
    const ProgramResult result =
        run_program(stream_to_output("County,Name\nDelaware,a\nUlster,b\n", {"--run-id", "r1"}));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(result.out.starts_with(R"({"event_id":"r1-000001","ts":")")) << result.out;
    EXPECT_NE(result.out.find(R"("County":"Ulster","Name":"b"})"
                              "\n"),
              std::string::npos)
        << result.out;
    EXPECT_NE(result.err.find("acknowledged  2\n"), std::string::npos) << result.err;
}

TEST(Program, rows_that_cannot_be_used_end_with_one_and_are_kept) {
    const TemporaryFolder folder;
    const std::string rejects = (folder.path() / "rejects.ndjson").string();
    const ProgramResult result =
        run_program(stream_to_output("County,Name\nDelaware,a\nUlster\nOtsego,c\n", {"--rejects", rejects}));
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
    EXPECT_NE(result.err.find("csv_field_count"), std::string::npos) << result.err;
    const std::string kept = test::read_file(rejects);
    EXPECT_NE(kept.find(R"("line":3,"code":"csv_field_count")"), std::string::npos) << kept;
    EXPECT_NE(kept.find(R"("bytes":"Ulster")"), std::string::npos) << kept;
}

TEST(Program, an_empty_input_and_a_header_without_the_field_are_named) {
    EXPECT_EQ(run_program(stream_to_output("")).status, 2);
    EXPECT_EQ(run_program(stream_to_output("County,Name\n")).status, 2);
    const ProgramResult result = run_program(stream_to_output("Country,Name\na,b\n"));
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find("Country"), std::string::npos) << result.err;
    EXPECT_EQ(run_program(stream_to_output("{\"County\":\"a\"}\n", {"--format", "csv"})).status, 2);
}

TEST(Program, a_reader_that_has_gone_ends_it_quietly) {
    ProgramOptions options;
    options.program = "bash";
    options.arguments = {"-c",
                         "set -o pipefail; " WEIR_PROGRAM " stream " WEIR_SOURCE_DIR
                         "/data/recommended_fishing_rivers_and_streams.csv --loop --to - -q | head -n 1"};
    const ProgramResult result = run_program(options);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST(Program, a_reader_that_was_never_there_ends_every_command_quietly) {
    ProgramOptions options;
    options.program = "bash";
    options.arguments = {"-c", "set -o pipefail; { sleep 0.3; " WEIR_PROGRAM " --help; } | true"};
    const ProgramResult result = run_program(options);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
}

TEST(Program, a_full_disk_is_an_error) {
    ProgramOptions options;
    options.arguments = {"--help"};
    options.output_file = "/dev/full";
    const ProgramResult result = run_program(options);
    EXPECT_EQ(result.status, 3);
    EXPECT_NE(result.err.find("No space left"), std::string::npos);
}

TEST(Program, colors_are_off_unless_asked_for) {
    EXPECT_EQ(weir({"query"}).err.find('\x1b'), std::string::npos);
    EXPECT_NE(weir({"query", "--color", "always"}).err.find('\x1b'), std::string::npos);
}

TEST(Program, an_interrupted_stream_still_sums_up) {
    ProgramOptions options;
    options.arguments = {"stream", WEIR_SOURCE_DIR "/data/recommended_fishing_rivers_and_streams.csv",
                         "--loop", "--rate",
                         "100/s",  "--to",
                         "-",      "--progress",
                         "always"};
    for (const auto& [signal, status] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
        test::Program program(options);
        ASSERT_TRUE(program.wait_for_error_text("events/s"));
        program.signal(signal);
        const ProgramResult result = program.wait();
        EXPECT_EQ(result.status, status);
        EXPECT_NE(result.err.find("draining"), std::string::npos) << result.err;
        EXPECT_NE(result.err.find("\nacknowledged"), std::string::npos) << result.err;
        EXPECT_TRUE(result.out.ends_with("}\n"));
    }
}

TEST(Program, a_signal_before_the_first_row_ends_it) {
    ProgramOptions options = stream_to_output("");
    options.keep_input_open = true;
    test::Program program(options);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(300));  // nothing tells from outside that it waits for its input
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().status, 130);
}

}  // namespace
}  // namespace weir::cli
