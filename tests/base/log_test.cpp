#include "base/log.h"

#include <regex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class Log : public ::testing::Test {
  protected:
    ~Log() override {
        set_log_format(LogFormat::text);
        set_log_level(LogLevel::info);
    }
    template <typename Speak>
    static std::string logged(const Speak& speak) {
        ::testing::internal::CaptureStderr();
        speak();
        return ::testing::internal::GetCapturedStderr();
    }
    static std::string without_time(const std::string& line) {
        static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
        return std::regex_replace(line, time, "TIME");
    }
};

TEST_F(Log, a_line_of_text_has_time_level_message_and_fields) {
    const std::string line = logged([] {
        log(LogLevel::warning, "a request failed",
            {{"path", "/v1/events"}, {"error", "no such thing"}, {"empty", ""}});
    });
    EXPECT_EQ(without_time(line),
              "TIME warning a request failed path=/v1/events error=\"no such thing\" empty=\"\"\n");
}

TEST_F(Log, a_line_of_json_has_the_same) {
    set_log_format(LogFormat::json);
    const std::string line = logged([] {
        log(LogLevel::error, "it \"failed\"", {{"path", "a b"}, {"count", "3"}});
    });
    EXPECT_EQ(without_time(line),
              R"({"time":"TIME","level":"error","message":"it \"failed\"","path":"a b","count":"3"})"
              "\n");
}

TEST_F(Log, whatever_a_field_holds_stays_on_its_line) {
    const auto speak = [] { log(LogLevel::info, "x\ny", {{"v", "a\nb=\"c\"\x1b[31m \xC2\x9B\xFF"}}); };
    const std::string text = logged(speak);
    EXPECT_EQ(without_time(text), "TIME info x\\x0Ay v=\"a\\nb=\\\"c\\\"\\u001b[31m \\xC2\\x9B\uFFFD\"\n");
    set_log_format(LogFormat::json);
    const std::string json = logged(speak);
    EXPECT_EQ(without_time(json),
              "{\"time\":\"TIME\",\"level\":\"info\",\"message\":\"x\\ny\","
              "\"v\":\"a\\nb=\\\"c\\\"\\u001b[31m \xC2\x9B\uFFFD\"}\n");
}

TEST_F(Log, what_is_below_the_level_is_not_logged) {
    set_log_level(LogLevel::warning);
    EXPECT_EQ(logged([] { log(LogLevel::info, "no"); }), "");
    EXPECT_NE(logged([] { log(LogLevel::warning, "yes"); }), "");
    EXPECT_NE(logged([] { log(LogLevel::error, "yes"); }), "");
}

TEST_F(Log, lines_of_many_threads_do_not_mix) {
    const std::string lines = logged([] {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([] {
                for (int i = 0; i < 50; ++i)
                    log(LogLevel::info, "whole", {{"field", std::string(100, 'x')}});
            });
        for (std::thread& thread : threads)
            thread.join();
    });
    std::string expected;
    for (int i = 0; i < 200; ++i)
        expected += "TIME info whole field=" + std::string(100, 'x') + "\n";
    EXPECT_EQ(without_time(lines), expected);
}

}  // namespace
}  // namespace weir
