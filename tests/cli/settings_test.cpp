#include "cli/settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/program.h"

namespace weir::cli {
namespace {

// A variable for the length of a test.
class Variable {
  public:
    Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~Variable() { ::unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
};

struct Sample {
    Duration window{300'000};
    Rate rate;
    bool loop = false;
    std::uint64_t batch_events = 1000;
    std::vector<std::string> words;
    OptionTable options;

    Sample() {
        options.positionals("FILE", 0, 3, words);
        options.positive("window", window, "Length");
        options.add("rate", "RATE", rate, "Speed");
        options.toggle("loop", loop, "Again").letter = 'l';
        options.count("batch-events", batch_events, "Events", 1, 5000);
    }
    Result<void> apply(const std::vector<std::string>& arguments,
                       const std::optional<ConfigFile>& config = {}) {
        const Result<CommandLine> line = split_command_line("stream", options, arguments);
        if (!line) return fail(line.error());
        return apply_settings("stream", options, *line, config);
    }
};

std::optional<ConfigFile> config_of(const std::string& text) {
    const test::TemporaryFolder folder;
    Result<ConfigFile> config = read_config(folder.file("weir.toml", text));
    EXPECT_TRUE(config) << config.error().message;
    return *config;
}

TEST(Settings, a_flag_goes_before_a_variable_before_a_file_before_the_default) {
    const auto config = config_of("[stream]\nbatch-events = 2\n");
    {
        Sample sample;
        ASSERT_TRUE(sample.apply({}));
        EXPECT_EQ(sample.batch_events, 1000U);
    }
    {
        Sample sample;
        ASSERT_TRUE(sample.apply({}, config));
        EXPECT_EQ(sample.batch_events, 2U);
    }
    const Variable variable("WEIR_BATCH_EVENTS", "3");
    {
        Sample sample;
        ASSERT_TRUE(sample.apply({}, config));
        EXPECT_EQ(sample.batch_events, 3U);
    }
    {
        Sample sample;
        ASSERT_TRUE(sample.apply({"--batch-events", "4"}, config));
        EXPECT_EQ(sample.batch_events, 4U);
    }
}

TEST(Settings, a_key_of_the_section_goes_before_one_for_all) {
    Sample sample;
    ASSERT_TRUE(sample.apply({}, config_of("window = \"1m\"\nrate = \"1/s\"\n[stream]\nwindow = \"2m\"\n")));
    EXPECT_EQ(sample.window, Duration(120'000));
    EXPECT_EQ(*sample.rate.per_second, 1.0);
}

TEST(Settings, a_bad_value_names_where_it_stands) {
    Sample sample;
    EXPECT_EQ(sample.apply({"--rate", "fast"}).error().message, "--rate: 'fast' is not a rate");
    const auto error = sample.apply({}, config_of("\n[stream]\nwindow = \"long\"\n")).error();
    EXPECT_EQ(error.code, ErrorCode::usage);
    EXPECT_TRUE(error.message.ends_with("weir.toml:3: window: 'long' is not a duration")) << error.message;
    const Variable variable("WEIR_RATE", "-1/s");
    EXPECT_EQ(sample.apply({}).error().message, "WEIR_RATE: '-1/s' is not a rate");
}

TEST(Settings, a_switch_is_read_from_every_place) {
    Sample file, variable, letter, denied;
    ASSERT_TRUE(file.apply({}, config_of("[stream]\nloop = true\n")));
    EXPECT_TRUE(file.loop);
    ASSERT_TRUE(letter.apply({"-l"}));
    EXPECT_TRUE(letter.loop);
    const Variable set("WEIR_LOOP", "1");
    ASSERT_TRUE(variable.apply({}));
    EXPECT_TRUE(variable.loop);
    ASSERT_TRUE(denied.apply({"--loop=false"}));
    EXPECT_FALSE(denied.loop);
}

TEST(Settings, zero_is_no_length) {
    Sample sample;
    EXPECT_FALSE(sample.apply({"--window", "0s"}));
    EXPECT_FALSE(sample.apply({"--batch-events", "0"}));
    EXPECT_FALSE(sample.apply({"--batch-events", "5001"}));
    EXPECT_FALSE(sample.apply({"--batch-events", "-5"}));
}

TEST(CommandLine, takes_relative_times_for_values_and_positionals) {
    Sample sample;
    ASSERT_TRUE(sample.apply({"range", "-1h", "now"}));
    EXPECT_EQ(sample.words, (std::vector<std::string>{"range", "-1h", "now"}));
}

TEST(CommandLine, a_lone_dash_is_a_positional_and_two_end_the_options) {
    Sample sample;
    ASSERT_TRUE(sample.apply({"-", "--", "--loop"}));
    EXPECT_EQ(sample.words, (std::vector<std::string>{"-", "--loop"}));
    EXPECT_FALSE(sample.loop);
}

TEST(CommandLine, takes_both_forms_of_a_value_and_the_last_of_a_repeated_flag) {
    Sample sample;
    ASSERT_TRUE(sample.apply({"--rate=1/s", "--rate", "2/s"}));
    EXPECT_EQ(*sample.rate.per_second, 2.0);
}

TEST(CommandLine, an_unknown_flag_is_answered_with_the_one_that_was_meant) {
    Sample sample;
    const Error error = sample.apply({"--batch-event", "5"}).error();
    EXPECT_EQ(error.code, ErrorCode::usage);
    EXPECT_NE(error.message.find("--batch-event"), std::string::npos);
    EXPECT_EQ(error.hint, "did you mean --batch-events?");
    EXPECT_EQ(sample.apply({"--batch-event=5"}).error().hint, "did you mean --batch-events?");
    EXPECT_EQ(sample.apply({"-x"}).error().code, ErrorCode::usage);
}

TEST(CommandLine, a_missing_value_and_too_many_words_are_usage_errors) {
    Sample sample;
    EXPECT_EQ(sample.apply({"--rate"}).error().message, "weir stream: --rate wants a value");
    EXPECT_EQ(sample.apply({"a", "b", "c", "d"}).error().code, ErrorCode::usage);
    EXPECT_NE(sample.apply({"a", "b", "c", "d"}).error().message.find("'d'"), std::string::npos);
}

TEST(Config, unknown_sections_and_keys_name_file_and_line) {
    EXPECT_TRUE(check_config(*config_of(
        "server = \"http://127.0.0.1:1\"\ncolor = \"never\"\n[serve]\nlisten = \"127.0.0.1:0\"\n")));
    const Error key = check_config(*config_of("[serve]\n\nlisten-prt = 1\n")).error();
    EXPECT_EQ(key.code, ErrorCode::usage);
    EXPECT_TRUE(key.message.ends_with("weir.toml:3: unknown key 'listen-prt'")) << key.message;
    const Error meant = check_config(*config_of("[serve]\nlitsen = \"x\"\n")).error();
    EXPECT_EQ(meant.hint, "did you mean 'listen'?");
    const Error section = check_config(*config_of("[sever]\nlisten = \"x\"\n")).error();
    EXPECT_TRUE(section.message.ends_with("weir.toml:1: unknown section [sever]")) << section.message;
    EXPECT_EQ(section.hint, "did you mean 'serve'?");
}

TEST(Config, what_is_no_toml_names_the_line) {
    const test::TemporaryFolder folder;
    const Result<ConfigFile> broken = read_config(folder.file("weir.toml", "a = 1\nb = = 2\n"));
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ErrorCode::usage);
    EXPECT_NE(broken.error().message.find("weir.toml:2"), std::string::npos) << broken.error().message;
    const Result<ConfigFile> list = read_config(folder.file("weir.toml", "\nrate = [1]\n"));
    EXPECT_NE(list.error().message.find("weir.toml:2: rate"), std::string::npos) << list.error().message;
    EXPECT_EQ(read_config((folder.path() / "absent.toml").string()).error().code, ErrorCode::usage);
}

// WEIR_TO cannot be a server for one command and a time for another.
TEST(Settings, a_variable_means_the_same_for_every_command) {
    std::map<std::string, std::string> meaning;
    for (const auto& command : all_commands()) {
        OptionTable options;
        command->declare(options);
        for (const Option& option : options.all()) {
            if (option.flag_only || option.value.find('|') != std::string::npos) continue;
            const auto [known, added] = meaning.emplace(option.variable(), option.value);
            EXPECT_EQ(known->second, option.value) << command->text().name << " " << option.flag();
        }
    }
}

}  // namespace
}  // namespace weir::cli
