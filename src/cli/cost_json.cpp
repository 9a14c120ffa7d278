#include <cmath>

#include <fmt/format.h>

#include "base/json_string.h"
#include "cli/cost_report.h"
#include "cli/json_object.h"

namespace weir::cli {
namespace {

using aws::Bill;
using aws::Meter;

// A number of any size with what counts of it; JSON knows neither infinity nor NaN.
std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{:.10g}", value) : "null";
}

template <typename Items, typename Write>
std::string list(const Items& items, const Write& write) {
    std::string out = "[";
    for (const auto& item : items)
        out += (out.size() == 1 ? "" : ",") + write(item);
    return out + "]";
}

std::string batch_json(const aws::BatchShape& batch) {
    JsonObject object;
    object.raw("events", number(batch.events))
        .raw("seconds", number(batch.seconds))
        .raw("message_bytes", number(batch.message_bytes))
        .raw("a_second", number(batch.a_second));
    return object.text();
}

std::string totals_json(const Bill& bill) {
    JsonObject object;
    object.raw("list_usd_a_month", number(bill.list_usd))
        .raw("list_usd_a_million_events", number(bill.a_million(bill.list_usd)))
        .raw("usd_a_month", number(bill.usd))
        .raw("usd_a_million_events", number(bill.a_million(bill.usd)));
    return object.text();
}

std::string lines_json(const Bill& bill, const aws::PriceList& prices) {
    return list(bill.lines, [&](const aws::CostLine& line) {
        const aws::Price& price = prices.price(line.meter);
        JsonObject object;
        object.add("service", price.service)
            .add("meter", aws::meter_name(line.meter))
            .add("what", line.what)
            .raw("units", number(line.units))
            .add("unit", price.unit)
            .raw("list_usd", number(line.usd))
            .raw("list_usd_a_million_events", number(bill.a_million(line.usd)))
            .add("arithmetic", line.arithmetic);
        return object.text();
    });
}

std::string meters_json(const Bill& bill, const aws::PriceList& prices) {
    std::string out;
    for (std::size_t i = 0; i < aws::meter_count; ++i) {
        const auto meter = static_cast<Meter>(i);
        const aws::MeterTotal& total = bill.meter(meter);
        if (total.units == 0) continue;
        const aws::Price& price = prices.price(meter);
        JsonObject object;
        object.add("meter", aws::meter_name(meter))
            .add("service", price.service)
            .add("unit", price.unit)
            .raw("units", number(total.units))
            .raw("free", number(total.free))
            .raw("list_usd", number(total.list_usd))
            .raw("usd", number(total.usd))
            .add("verified", price.verified)
            .add("source", price.source);
        out += (out.empty() ? "" : ",") + object.text();
    }
    return "[" + out + "]";
}

std::string way_json(const Bill& bill) {
    JsonObject object;
    object.add("flags", cost_flags(bill.setting))
        .raw("batch", batch_json(bill.batch))
        .raw("total", totals_json(bill));
    return object.text();
}

std::string free_json(const aws::FreeLimit& limit) {
    JsonObject object;
    object.raw("events_a_second", number(limit.rate))
        .raw("paid_first_beyond",
             list(limit.binding, [](Meter meter) { return json_string(aws::meter_name(meter)); }))
        .add("flags", cost_flags(limit.at.setting));
    return object.text();
}

std::string measured_json(const std::vector<aws::Comparison>& measured) {
    return list(measured, [](const aws::Comparison& line) {
        JsonObject object;
        object.add("what", line.what)
            .raw("predicted", number(line.predicted))
            .raw("measured", number(line.measured))
            .raw("difference_percent", line.difference ? number(*line.difference) : "null");
        return object.text();
    });
}

}  // namespace

std::string cost_json(const CostReport& report) {
    const Bill& bill = report.asked;
    JsonObject other, free, object;
    other.raw("cheapest_rows", way_json(report.cheapest_rows))
        .raw("cheapest_blocks", way_json(report.cheapest_blocks))
        .raw("plain", way_json(report.plain));
    free.raw("rows", free_json(report.free_rows)).raw("blocks", free_json(report.free_blocks));
    object.add("region", report.prices.region())
        .add("prices_date", report.prices.date())
        .add("prices_verified", report.prices.all_verified())
        .raw("rate", number(bill.setting.rate))
        .add("event_bytes", bill.setting.event_bytes.count)
        .add("flags", cost_flags(bill.setting))
        .raw("events_a_month", number(bill.events))
        .raw("batch", batch_json(bill.batch))
        .raw("write_capacity", number(bill.write_capacity))
        .raw("read_capacity", number(bill.read_capacity))
        .raw("lines", lines_json(bill, report.prices))
        .raw("meters", meters_json(bill, report.prices))
        .raw("total", totals_json(bill))
        .raw("other_ways", other.text())
        .raw("free_for_ever", free.text())
        .raw("measured", measured_json(report.measured));
    return object.text() + '\n';
}

}  // namespace weir::cli
