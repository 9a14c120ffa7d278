#include "aws/cost_measured.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::aws {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, std::optional<double> MeasuredRun::*>, 6> fields{{
    {"seconds", &MeasuredRun::seconds},
    {"write_units", &MeasuredRun::write_units},
    {"read_units", &MeasuredRun::read_units},
    {"messages", &MeasuredRun::messages},
    {"invocations", &MeasuredRun::invocations},
    {"gb_seconds", &MeasuredRun::gb_seconds},
}};

tl::unexpected<Error> invalid(std::string message) {
    return fail(ErrorCode::usage, "measured-invalid", std::move(message),
                R"(write it as {"events":5000,"seconds":300,"write_units":5120,"read_units":310})");
}

// The units of a line that a run of so many events and seconds causes.
double part_of(const CostLine& line, const Bill& bill, const MeasuredRun& run) {
    return line.fixed ? line.units * run.seconds.value_or(0) / seconds_a_month
                      : line.units * run.events / bill.events;
}

double units_of(Meter meter, const Bill& bill, const MeasuredRun& run) {
    double sum = 0;
    for (const CostLine& line : bill.lines)
        if (line.meter == meter) sum += part_of(line, bill, run);
    return sum;
}

double store_units_of(Meter meter, const Bill& bill, const MeasuredRun& run) {
    MeasuredRun without_schedule = run;
    without_schedule.seconds.reset();
    return units_of(meter, bill, without_schedule);
}

}  // namespace

Result<MeasuredRun> parse_measured(std::string_view document) {
    const json file = json::parse(document, nullptr, false);
    if (!file.is_object()) return invalid("the record of a measured run is no JSON object");
    MeasuredRun run;
    const auto events = file.find("events");
    if (events == file.end() || !events->is_number() || events->get<double>() <= 0)
        return invalid("the record of a measured run needs `events`, a number over zero");
    run.events = events->get<double>();
    bool anything = false;
    for (const auto& [name, field] : fields) {
        const auto found = file.find(name);
        if (found == file.end() || found->is_null()) continue;
        if (!found->is_number() || found->get<double>() < 0)
            return invalid(fmt::format("`{}` of the measured run is no number of zero or more", name));
        run.*field = found->get<double>();
        anything = anything || name != "seconds";
    }
    if (!anything)
        return invalid(
            "the record of a measured run holds nothing to compare: no write_units, read_units, "
            "messages, invocations or gb_seconds");
    return run;
}

std::vector<Comparison> compare(const Bill& bill, const MeasuredRun& run) {
    std::vector<Comparison> out;
    const auto add = [&](std::string_view what, const std::optional<double>& measured, double predicted) {
        if (!measured) return;
        Comparison line{std::string(what), predicted, *measured, {}};
        if (predicted > 0) line.difference = (*measured - predicted) / predicted * 100;
        out.push_back(std::move(line));
    };
    add("write_units", run.write_units, units_of(Meter::dynamodb_write, bill, run));
    add("read_units", run.read_units, units_of(Meter::dynamodb_read, bill, run));
    add("messages", run.messages, run.events / bill.batch.events);
    add("invocations", run.invocations, store_units_of(Meter::lambda_request, bill, run));
    add("gb_seconds", run.gb_seconds, store_units_of(Meter::lambda_gb_second, bill, run));
    return out;
}

}  // namespace weir::aws
