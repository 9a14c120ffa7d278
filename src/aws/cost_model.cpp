#include "aws/cost_model.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "aws/cost_items.h"
#include "aws/cost_lines.h"

namespace weir::aws {
namespace {

constexpr double max_message_bytes = 1'048'576;                              // aws/sqs.h, aws/kinesis.h
constexpr double shard_bytes_a_second = 1e6, shard_records_a_second = 1000;  // that a Kinesis shard takes
constexpr double shard_polls_a_second = 1;  // by an event source (Lambda Developer Guide, Kinesis)
constexpr double max_records_an_invocation = 100;

// The most events that a message of the service has room for.
double most_events(const CostSetting& setting, const PriceList& prices) {
    const CostItems items{setting, prices};
    const Bytes body = std::min(setting.batch_bytes, most_unpacked);
    const double by_body =
        std::floor(static_cast<double>(body.count) / static_cast<double>(setting.event_bytes.count + 1));
    double least = 1, most = std::max(1.0, std::min(setting.batch_events, by_body));
    if (items.message_bytes(most) <= max_message_bytes) return most;
    while (least < most) {
        const double middle = std::ceil((least + most) / 2);
        if (items.message_bytes(middle) <= max_message_bytes)
            least = middle;
        else
            most = middle - 1;
    }
    return least;
}

BatchShape shape_of(const CostSetting& setting, const PriceList& prices) {
    BatchShape batch;
    const double waited = std::max(1.0, setting.rate * seconds_of(setting.linger));
    batch.events = setting.foreign ? 1 : std::min(most_events(setting, prices), waited);
    batch.seconds = (batch.events - 1) / setting.rate;
    batch.message_bytes = CostItems{setting, prices}.message_bytes(batch.events);
    batch.a_second = setting.rate / batch.events;
    const Assumptions& assumed = prices.assumptions();
    if (setting.transport == CostTransport::sqs) {
        // Each connection gathers for itself, from its first message on.
        const double gathered = batch.a_second / assumed.sqs_pollers * assumed.sqs_window_seconds;
        batch.messages_an_invocation =
            setting.foreign ? 1 : std::clamp(1 + gathered, 1.0, assumed.sqs_batch_size);
    } else {
        const double bytes = batch.message_bytes + assumed.batch_id_bytes;  // its partition key
        batch.shards = std::max({1.0, std::ceil(bytes * batch.a_second / shard_bytes_a_second),
                                 std::ceil(batch.a_second / shard_records_a_second)});
        batch.messages_an_invocation =
            std::clamp(batch.a_second / batch.shards / shard_polls_a_second, 1.0, max_records_an_invocation);
    }
    return batch;
}

// Whole units of capacity for so many units a second, with room for unevenness.
double capacity(double units_a_month, const PriceList& prices) {
    const double needed = units_a_month / seconds_a_month / prices.assumptions().provisioned_utilisation;
    return std::max(1.0, std::ceil(needed - 1e-9));
}

double sum_of(const std::vector<CostLine>& lines, Meter meter, CostTable table) {
    double sum = 0;
    for (const CostLine& line : lines)
        if (line.meter == meter && line.table == table) sum += line.units;
    return sum;
}

void add_capacity(Bill& bill, const PriceList& prices) {
    for (const auto& [used, bought, total, name] :
         {std::tuple{Meter::dynamodb_write, Meter::dynamodb_write_hour, &bill.write_capacity, "write"},
          {Meter::dynamodb_read, Meter::dynamodb_read_hour, &bill.read_capacity, "read"}}) {
        const double events = capacity(sum_of(bill.lines, used, CostTable::events), prices);
        const double aggregates = capacity(sum_of(bill.lines, used, CostTable::aggregates), prices);
        *total = events + aggregates;
        bill.lines.push_back(
            {bought, CostTable::none, fmt::format("provisioned {} capacity", name), *total * hours_a_month,
             false, 0,
             fmt::format("({} for events + {} for aggregates) x {} hours; {:.0f}% of it used at most", events,
                         aggregates, hours_a_month, prices.assumptions().provisioned_utilisation * 100)});
    }
}

bool paid_as_capacity(const CostSetting& setting, Meter meter) {
    return setting.billing == CostBilling::provisioned &&
           (meter == Meter::dynamodb_write || meter == Meter::dynamodb_read);
}

}  // namespace

Bill cost_of(const CostSetting& setting, const PriceList& prices) {
    Bill bill;
    bill.setting = setting;
    bill.batch = shape_of(setting, prices);
    bill.events = setting.rate * seconds_a_month;
    CostLines lines{setting, prices, bill.batch, bill.lines};
    lines.transport();
    lines.functions();
    lines.table_writes();
    lines.table_reads();
    if (setting.billing == CostBilling::provisioned) add_capacity(bill, prices);
    lines.storage();
    lines.operations();
    for (CostLine& line : bill.lines) {
        if (!paid_as_capacity(setting, line.meter)) line.usd = prices.price(line.meter).usd_of(line.units);
        bill.meters[static_cast<std::size_t>(line.meter)].units += line.units;
    }
    for (std::size_t i = 0; i < meter_count; ++i) {
        const auto meter = static_cast<Meter>(i);
        if (paid_as_capacity(setting, meter)) continue;
        MeterTotal& total = bill.meters[i];
        total.free = std::min(total.units, prices.price(meter).free);
        total.list_usd = prices.price(meter).usd_of(total.units);
        total.usd = prices.price(meter).usd_of(total.units - total.free);
        bill.list_usd += total.list_usd;
        bill.usd += total.usd;
    }
    return bill;
}

}  // namespace weir::aws
