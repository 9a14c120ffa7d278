#include "cli/cost_report.h"

#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/table.h"

namespace weir::cli {
namespace {

using aws::Bill;
using aws::CostLine;
using aws::Meter;

std::string units_text(double units) {
    const double size = std::abs(units);
    if (size >= 100 || size == std::floor(size))
        return fmt::format("{}{}", units < 0 ? "-" : "",
                           with_commas(static_cast<unsigned long long>(std::llround(size))));
    return fmt::format("{:.3g}", units);
}

std::string dollars(double usd) {
    return fmt::format("{:.2f}", usd == 0 ? 0.0 : usd);
}
std::string fine_dollars(double usd) {
    return fmt::format("{:.4f}", usd == 0 ? 0.0 : usd);
}

bool is_capacity_used(const Bill& bill, Meter meter) {
    return bill.setting.billing == aws::CostBilling::provisioned &&
           (meter == Meter::dynamodb_write || meter == Meter::dynamodb_read);
}

// The lines of one meter after the other, each followed by what of it is free.
std::string lines_table(const Bill& bill, const aws::PriceList& prices, bool explain) {
    using Align = Table::Align;
    std::vector<Table::Column> columns{{"SERVICE"},
                                       {"WHAT"},
                                       {"A MONTH", Align::right},
                                       {"UNITS"},
                                       {"$ A MONTH", Align::right},
                                       {"$ A MILLION EVENTS", Align::right}};
    if (explain) columns.push_back({"HOW"});
    Table table(columns);
    const auto add = [&](std::vector<std::string> cells, const std::string& how) {
        if (explain) cells.push_back(how);
        table.add(std::move(cells));
    };
    for (std::size_t i = 0; i < aws::meter_count; ++i) {
        const auto meter = static_cast<Meter>(i);
        const aws::Price& price = prices.price(meter);
        for (const CostLine& line : bill.lines) {
            if (line.meter != meter) continue;
            const bool used = is_capacity_used(bill, meter);
            add({price.service, line.what, units_text(line.units), price.unit, used ? "" : dollars(line.usd),
                 used ? "" : fine_dollars(bill.a_million(line.usd))},
                line.arithmetic);
        }
        const aws::MeterTotal& total = bill.meters[i];
        if (total.free == 0) continue;
        const double saved = total.list_usd - total.usd;
        add({price.service, "always free", units_text(-total.free), price.unit, dollars(-saved),
             fine_dollars(-bill.a_million(saved))},
            fmt::format("{} a month", units_text(price.free)));
    }
    add({"", "all, at list price", "", "", dollars(bill.list_usd),
         fine_dollars(bill.a_million(bill.list_usd))},
        "");
    add({"", "to pay, after the free tier", "", "", dollars(bill.usd),
         fine_dollars(bill.a_million(bill.usd))},
        "");
    return table.text();
}

std::string setting_text(const Bill& bill, const aws::PriceList& prices) {
    const aws::CostSetting& setting = bill.setting;
    const aws::BatchShape& batch = bill.batch;
    std::vector<std::pair<std::string, std::string>> lines{
        {"events", fmt::format("{} a second of {} bytes, {} a month", units_text(setting.rate),
                               with_commas(setting.event_bytes.count), units_text(bill.events))},
        {"setting", cost_flags(setting)},
        {"a batch", fmt::format("{} events of {:.1f} s in a message of {} bytes", units_text(batch.events),
                                batch.seconds, units_text(batch.message_bytes))}};
    if (bill.write_capacity > 0)
        lines.emplace_back("capacity",
                           fmt::format("{:.0f} write and {:.0f} read units provisioned, 25 of each are free",
                                       bill.write_capacity, bill.read_capacity));
    lines.emplace_back("prices",
                       fmt::format("{}, {}{}", prices.region(), prices.date(),
                                   prices.all_verified() ? "" : ", not all verified (see --prices)"));
    return name_value_lines(lines);
}

std::string ways_table(const CostReport& report) {
    using Align = Table::Align;
    Table table({{"WAY"},
                 {"$ A MILLION EVENTS", Align::right},
                 {"$ A MONTH", Align::right},
                 {"TO PAY", Align::right},
                 {"SETTING"}});
    const auto add = [&](const std::string& way, const Bill& bill, const std::string& setting) {
        table.add({way, fine_dollars(bill.a_million(bill.list_usd)), dollars(bill.list_usd),
                   dollars(bill.usd), setting});
    };
    add("as asked", report.asked, cost_flags(report.asked.setting));
    add("cheapest in rows", report.cheapest_rows, cost_flags(report.cheapest_rows.setting));
    add("cheapest in blocks", report.cheapest_blocks, cost_flags(report.cheapest_blocks.setting));
    add("the plain way", report.plain, "one event a message, an invocation and an item; on demand");
    return table.text();
}

std::string free_table(const CostReport& report) {
    using Align = Table::Align;
    Table table({{"FREE FOR EVER"}, {"EVENTS/S", Align::right}, {"PAID FIRST BEYOND IT"}, {"SETTING"}});
    const auto add = [&](const std::string& layout, const aws::FreeLimit& limit) {
        std::string binding;
        for (const Meter meter : limit.binding)
            binding += fmt::format("{}{}", binding.empty() ? "" : ", ", aws::meter_name(meter));
        table.add({"in " + layout, fmt::format("{:.1f}", limit.rate), binding,
                   limit.rate > 0 ? cost_flags(limit.at.setting) : ""});
    };
    add("rows", report.free_rows);
    add("blocks", report.free_blocks);
    return table.text();
}

std::string measured_table(const CostReport& report) {
    using Align = Table::Align;
    Table table({{"MEASURED RUN"},
                 {"PREDICTED", Align::right},
                 {"MEASURED", Align::right},
                 {"DIFFERENCE", Align::right}});
    for (const aws::Comparison& line : report.measured)
        table.add({line.what, units_text(line.predicted), units_text(line.measured),
                   line.difference ? fmt::format("{:+.1f}%", *line.difference) : ""});
    return table.text();
}

}  // namespace

std::string cost_flags(const aws::CostSetting& setting) {
    const bool rows = setting.layout == aws::CostLayout::rows;
    std::string out = fmt::format(
        "--layout {} --transport {} --billing {} --batch-events {:.0f} --linger {}", rows ? "rows" : "blocks",
        setting.transport == aws::CostTransport::sqs ? "sqs" : "kinesis",
        setting.billing == aws::CostBilling::on_demand ? "on-demand" : "provisioned", setting.batch_events,
        format_duration(setting.linger));
    if (setting.batch_bytes != 1_MiB) out += " --batch-bytes " + exact_bytes(setting.batch_bytes);
    out += setting.compress ? " --compress zstd" : " --compress none";
    if (!setting.recovery) out += " --recovery off";
    return out;
}

std::string cost_text(const CostReport& report, bool explain) {
    std::string out = setting_text(report.asked, report.prices);
    out += '\n' + lines_table(report.asked, report.prices, explain);
    out += '\n' + ways_table(report);
    out += '\n' + free_table(report);
    if (!report.measured.empty()) out += '\n' + measured_table(report);
    return out;
}

}  // namespace weir::cli
