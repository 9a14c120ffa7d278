#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/values.h"

namespace weir::cli {

// How a value is read from a flag, a variable or a configuration file, and shown in the help.
Result<void> read_value(const std::string& text, std::string& target);
Result<void> read_value(const std::string& text, std::filesystem::path& target);
Result<void> read_value(const std::string& text, Duration& target);
Result<void> read_value(const std::string& text, Bytes& target);
Result<void> read_value(const std::string& text, Rate& target);
Result<void> read_value(const std::string& text, ListenAddress& target);
Result<void> read_value(const std::string& text, std::optional<TimeArgument>& target);
Result<void> read_value(const std::string& text, std::vector<std::string>& target);
std::string show_value(const std::string& value);
std::string show_value(const std::filesystem::path& value);
std::string show_value(Duration value);
std::string show_value(Bytes value);
std::string show_value(const Rate& value);
std::string show_value(const ListenAddress& value);
std::string show_value(const std::optional<TimeArgument>& value);
std::string show_value(const std::vector<std::string>& value);

}  // namespace weir::cli
