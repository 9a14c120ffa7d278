#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

enum class LogFormat { text, json };
enum class LogLevel { info, warning, error };

// Structured log lines on standard error, one line a fact: `time level message field=value …`, or one JSON
// object: {"time":"…","level":"info","message":"…","field":"value"}, every value a string. Whatever a field
// holds stays on the line and cannot steer a terminal. Thread-safe: a line is written with one call. Never
// give it a secret, nor what is in an event.
void set_log_format(LogFormat format);
void set_log_level(LogLevel lowest);

using LogField = std::pair<std::string_view, std::string>;
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace weir
