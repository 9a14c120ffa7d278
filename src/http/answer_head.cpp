#include "http/answer_head.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "http/characters.h"

namespace weir::http {
namespace {

bool is_servers_own(std::string_view name) {
    constexpr std::array<std::string_view, 6> own{
        "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Date", "Server"};
    return std::any_of(own.begin(), own.end(),
                       [&](std::string_view field) { return equal_without_case(field, name); });
}

bool is_harmless(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) { return c != '\t' && is_control(c); });
}

}  // namespace

std::string format_imf_date(std::int64_t epoch_seconds) {
    constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::sys_seconds time{std::chrono::seconds{epoch_seconds}};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       weekdays[std::chrono::weekday{day}.c_encoding()], unsigned{date.day()},
                       months[unsigned{date.month()} - 1], int{date.year()}, clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

void append_answer_head(std::string& out, const Response& response, const AnswerShape& shape,
                        std::string_view date) {
    auto to = std::back_inserter(out);
    fmt::format_to(to, "HTTP/1.1 {} {}\r\nServer: weir\r\nDate: {}\r\n", response.status,
                   reason_phrase(response.status), date);
    for (const auto& [name, value] : response.headers.fields()) {
        if (!is_token(name) || !is_harmless(value) || is_servers_own(name)) continue;
        out.append(name).append(": ").append(value).append("\r\n");
    }
    if (shape.body == AnswerBody::length) fmt::format_to(to, "Content-Length: {}\r\n", response.body.size());
    if (shape.body == AnswerBody::chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (shape.close)
        out.append("Connection: close\r\n");
    else if (shape.keep_alive)
        out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
}

}  // namespace weir::http
