#include "base/log.h"

#include <atomic>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_string.h"
#include "base/text.h"

namespace weir {
namespace {

std::atomic<LogFormat> log_format{LogFormat::text};
std::atomic<LogLevel> lowest_level{LogLevel::info};

std::string_view name(LogLevel level) {
    switch (level) {
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

std::string text_value(std::string_view value) {
    const bool plain = !value.empty() && value.find_first_of(" \"=\t\n\r\\") == std::string_view::npos;
    return printable(plain ? std::string(value) : json_string(value));
}

}  // namespace

void set_log_format(LogFormat format) {
    log_format = format;
}
void set_log_level(LogLevel lowest) {
    lowest_level = lowest;
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    if (level < lowest_level.load()) return;
    const std::string time = format_rfc3339(system_clock().now());
    std::string line;
    if (log_format.load() == LogFormat::json) {
        line = fmt::format(R"({{"time":"{}","level":"{}","message":{})", time, name(level),
                           json_string(message));
        for (const auto& [key, value] : fields)
            line += fmt::format(",{}:{}", json_string(key), json_string(value));
        line += "}\n";
    } else {
        line = fmt::format("{} {} {}", time, name(level), printable(message));
        for (const auto& [key, value] : fields)
            line += fmt::format(" {}={}", key, text_value(value));
        line += '\n';
    }
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace weir
