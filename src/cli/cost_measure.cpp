#include "cli/cost_measure.h"

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aws/cloudformation.h"
#include "aws/logs.h"

namespace weir::cli {
namespace {

double number(const nlohmann::json& line, const char* name) {
    const auto member = line.find(name);
    if (member == line.end()) return 0;
    if (member->is_number()) return member->get<double>();
    return member->is_string() ? std::strtod(member->get<std::string>().c_str(), nullptr) : 0;
}

void add(std::optional<double>& sum, double value) {
    sum = sum.value_or(0) + value;
}

// The number behind `label` in a line of Lambda's own.
double labelled(const std::string& line, std::string_view label) {
    const std::size_t at = line.find(label);
    return at == std::string::npos ? 0 : std::strtod(line.c_str() + at + label.size(), nullptr);
}

// One of weir's lines; an empty object for any other.
nlohmann::json own_line(const std::string& line) {
    nlohmann::json read = nlohmann::json::parse(line, nullptr, false);
    return read.is_object() ? read : nlohmann::json::object();
}

bool is_about(const nlohmann::json& line, std::string_view message) {
    const auto member = line.find("message");
    return member != line.end() && member->is_string() && member->get_ref<const std::string&>() == message;
}

void add_units(aws::MeasuredRun& run, const nlohmann::json& line) {
    if (!is_about(line, "units consumed")) return;
    add(run.write_units, number(line, "write"));
    add(run.read_units, number(line, "read"));
}

}  // namespace

void add_store_log(aws::MeasuredRun& run, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        if (line.starts_with("REPORT")) {
            add(run.gb_seconds,
                labelled(line, "Billed Duration: ") / 1000 * labelled(line, "Memory Size: ") / 1024);
            continue;
        }
        const nlohmann::json read = own_line(line);
        add_units(run, read);
        if (!is_about(read, "messages stored")) continue;
        run.events += number(read, "stored");
        add(run.messages, number(read, "messages"));
        add(run.invocations, 1);
    }
}

void add_aggregate_log(aws::MeasuredRun& run, const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
        add_units(run, own_line(line));
}

Result<aws::MeasuredRun> measure_run(AwsAccess& access, const std::string& stack, TimeRange range) {
    auto outputs = aws::stack_outputs(access.caller(), stack);
    if (!outputs) return fail(std::move(outputs).error());
    aws::MeasuredRun run;
    run.seconds = static_cast<double>((range.end - range.start).count()) / 1000;
    const auto log_of = [&](const char* output) {
        return aws::log_lines(access.caller(), "/aws/lambda/" + (*outputs)[output], range);
    };
    const auto stored = log_of("StoreFunction");
    if (!stored) return fail(stored.error());
    add_store_log(run, *stored);
    const auto aggregated = log_of("AggregateFunction");
    if (aggregated)
        add_aggregate_log(run, *aggregated);
    else if (aggregated.error().code != ErrorCode::not_found)  // it has not run yet
        return fail(aggregated.error());
    if (run.events == 0)
        return fail(ErrorCode::not_found, "nothing-measured",
                    fmt::format("the functions of the stack '{}' stored nothing from {} to {}", stack,
                                format_rfc3339(range.start), format_rfc3339(range.end)),
                    "send events to it first, or ask for another time with --from and --to");
    return run;
}

}  // namespace weir::cli
