#include "aws/cost_lines.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "aws/cost_items.h"
#include "base/text.h"

namespace weir::aws {
namespace {

constexpr double sqs_chunk = 64.0 * 1024;    // of a payload is a request (SQS pricing)
constexpr double messages_a_delete = 10;     // DeleteMessageBatch
constexpr double put_unit = 25.0 * 1024;     // of a record (Kinesis pricing)
constexpr double whole_processor_mb = 1769;  // Lambda Developer Guide, "Memory"
constexpr double batch_write_items = 25, requests_at_once = 8;
constexpr double item_overhead_bytes = 100;  // of storage (Developer Guide, "Item sizes and formats")
constexpr double gigabyte = 1e9;
constexpr double days_a_month = hours_a_month / 24;

std::string n(double value) {
    if (value >= 100 || value == std::floor(value))
        return with_commas(static_cast<unsigned long long>(std::llround(value)));
    return fmt::format("{:.3g}", value);
}

}  // namespace

BatchItems items_of(const BatchShape& batch, const CostSetting& setting, const PriceList& prices) {
    const CostItems items{setting, prices};
    BatchItems out;
    if (!setting.foreign) {
        out.marker_bytes = items.marker_bytes();
        out.marker_units = write_units(out.marker_bytes);
    }
    if (setting.layout == CostLayout::rows) {
        out.raw_items = batch.events;
        out.raw_bytes = batch.events * items.raw_row_bytes();
        out.raw_units = batch.events * write_units(items.raw_row_bytes());
    } else {
        const auto blocks = [&](const auto& of_block) {
            return over_minutes(batch.events, batch.seconds, [&](double events, double) {
                const double whole = std::floor(events / items.events_a_block());
                const double rest = events - whole * items.events_a_block();
                return whole * of_block(items.block_bytes(items.events_a_block())) +
                       (rest > 0 ? of_block(items.block_bytes(rest)) : 0);
            });
        };
        out.raw_items = blocks([](double) { return 1.0; });
        out.raw_bytes = blocks([](double bytes) { return bytes; });
        out.raw_units = blocks(write_units);
    }
    // Received in another minute than that of its last event: an item for the ledger alone.
    const double apart = std::min(1.0, prices.assumptions().delivery_seconds / 60);
    const double ledger = items.ledger_only_delta_bytes();
    const auto deltas = [&](const auto& of_item) {
        return apart * of_item(ledger) +
               over_minutes(batch.events, batch.seconds, [&](double events, double seconds) {
                   return of_item(items.delta_bytes(events, seconds));
               });
    };
    out.delta_items = deltas([](double) { return 1.0; });
    out.delta_bytes = deltas([](double bytes) { return bytes; });
    out.delta_units = deltas(write_units);
    return out;
}

void CostLines::add(Meter meter, std::string what, double units, bool fixed, std::string arithmetic,
                    CostTable table) {
    out.push_back({meter, table, std::move(what), units, fixed, 0, std::move(arithmetic)});
}

double CostLines::batches() const {
    return batch.a_second * seconds_a_month;
}
double CostLines::invocations() const {
    return batches() / batch.messages_an_invocation;
}
double CostLines::ticks() const {
    return seconds_a_month / std::max(60.0, seconds_of(setting.slide));
}
double CostLines::rows_a_tick() const {
    return std::max(1.0, 60 / seconds_of(setting.slide));
}
// At its window's end, and once more when it becomes final.
double CostLines::counts_a_row() const {
    return setting.lateness > Duration{0} ? 2 : 1;
}
double CostLines::row_bytes() const {
    return CostItems{setting, prices}.row_bytes(std::max(1.0, setting.rate * seconds_of(setting.window)));
}

void CostLines::transport() {
    setting.transport == CostTransport::sqs ? sqs() : kinesis();
}

void CostLines::sqs() {
    const Assumptions& assumed = prices.assumptions();
    const double chunks = std::ceil(batch.message_bytes / sqs_chunk);
    const std::string payload =
        fmt::format("{} messages x {} of 64 KB ({} bytes)", n(batches()), n(chunks), n(batch.message_bytes));
    add(Meter::sqs_request, "sends", batches() * chunks, false, payload);
    add(Meter::sqs_request, "receives", batches() * chunks, false, payload);
    const double deletes = std::ceil(batch.messages_an_invocation / messages_a_delete);
    add(Meter::sqs_request, "deletes", invocations() * deletes, false,
        fmt::format("{} invocations x {}", n(invocations()), n(deletes)));
    add(Meter::sqs_request, "polls of an empty queue",
        assumed.sqs_pollers * seconds_a_month / assumed.sqs_poll_seconds, true,
        fmt::format("{} connections x {} seconds a month / {} seconds a poll", n(assumed.sqs_pollers),
                    n(seconds_a_month), n(assumed.sqs_poll_seconds)));
}

void CostLines::kinesis() {
    add(Meter::kinesis_shard_hour, "shards", batch.shards * hours_a_month, true,
        fmt::format("{} shards x {} hours", n(batch.shards), n(hours_a_month)));
    const double units = std::ceil(batch.message_bytes / put_unit);
    add(Meter::kinesis_put_unit, "puts", batches() * units, false,
        fmt::format("{} records x {} of 25 KB ({} bytes)", n(batches()), n(units), n(batch.message_bytes)));
}

// The requests of a batch to DynamoDB follow each other: marker, raw events, counts.
double CostLines::store_seconds() const {
    const Assumptions& assumed = prices.assumptions();
    const bool rows = setting.layout == CostLayout::rows;
    const double requests = rows ? std::ceil(batch.events / batch_write_items) : 1;
    const double trips = (setting.foreign ? 1 : 2) + std::ceil(requests / requests_at_once);
    const double processor = std::max(1.0, whole_processor_mb / setting.memory_mb);
    const double work = assumed.invocation_ms + batch.messages_an_invocation * batch.events *
                                                    (rows ? assumed.row_cpu_ms : assumed.block_cpu_ms);
    return (batch.messages_an_invocation * trips * assumed.round_trip_ms + work * processor) / 1000;
}

double CostLines::aggregate_seconds() const {
    const Assumptions& assumed = prices.assumptions();
    const double minutes = std::ceil(seconds_of(setting.window) / 60);
    const double trips = 3 + rows_a_tick() * (1 + counts_a_row() * (minutes + 1));
    const double processor = std::max(1.0, whole_processor_mb / setting.memory_mb);
    return (trips * assumed.round_trip_ms + assumed.invocation_ms * processor) / 1000;
}

void CostLines::functions() {
    const double gigabytes = setting.memory_mb / 1024.0;
    add(Meter::lambda_request, "store invocations", invocations(), false,
        fmt::format("{} messages / {} an invocation", n(batches()), n(batch.messages_an_invocation)));
    add(Meter::lambda_gb_second, "store running", invocations() * store_seconds() * gigabytes, false,
        fmt::format("{} invocations x {:.1f} ms x {} MB", n(invocations()), store_seconds() * 1000,
                    setting.memory_mb));
    add(Meter::lambda_request, "aggregate invocations", ticks(), true, "one each time the schedule fires");
    add(Meter::lambda_gb_second, "aggregate running", ticks() * aggregate_seconds() * gigabytes, true,
        fmt::format("{} invocations x {:.1f} ms x {} MB", n(ticks()), aggregate_seconds() * 1000,
                    setting.memory_mb));
}

void CostLines::table_writes() {
    const BatchItems items = items_of(batch, setting, prices);
    const auto batch_line = [&](std::string what, double units, const std::string& each) {
        add(Meter::dynamodb_write, std::move(what), batches() * units, false,
            fmt::format("{} batches x {} units ({})", n(batches()), n(units), each), CostTable::events);
    };
    batch_line(setting.layout == CostLayout::rows ? "raw events, rows" : "raw events, blocks",
               items.raw_units,
               fmt::format("{} items of {} bytes", n(items.raw_items), n(items.raw_bytes / items.raw_items)));
    batch_line(
        "counts", items.delta_units,
        fmt::format("{} items of {} bytes", n(items.delta_items), n(items.delta_bytes / items.delta_items)));
    if (!setting.foreign)
        batch_line("markers", items.marker_units, fmt::format("1 item of {} bytes", n(items.marker_bytes)));
    const double row = write_units(row_bytes());
    add(Meter::dynamodb_write, "aggregate rows", ticks() * rows_a_tick() * counts_a_row() * row, true,
        fmt::format("{} rows x {} times written x {} units ({} bytes)", n(ticks() * rows_a_tick()),
                    n(counts_a_row()), n(row), n(row_bytes())),
        CostTable::aggregates);
}

void CostLines::table_reads() {
    const Assumptions& assumed = prices.assumptions();
    const BatchItems items = items_of(batch, setting, prices);
    const double minutes = std::ceil(seconds_of(setting.window) / 60);
    const double minute_bytes = batch.a_second * 60 * items.delta_bytes;
    // A minute has an item more or less than the mean; in the newest one, half a batch's time is still to
    // come when its window is counted first.
    const double spread = items.delta_bytes / items.delta_items;
    const double unsent = std::min(1.0, (batch.seconds / 2 + assumed.delivery_seconds) / 60);
    const double full = mean_read_units(minute_bytes, spread);
    const double newest = mean_read_units(minute_bytes * (1 - unsent), spread);
    const double rows = ticks() * rows_a_tick();
    add(Meter::dynamodb_read, "counts of the windows",
        rows * (counts_a_row() * minutes * full + newest - full), true,
        fmt::format("{} rows x ({} minutes x {:.3g} units + {:.3g} for the newest minute at first; {} bytes "
                    "of counts "
                    "a minute)",
                    n(rows), n(counts_a_row() * minutes - 1), full, newest, n(minute_bytes)),
        CostTable::events);
    add(Meter::dynamodb_read, "minutes to be counted again", ticks(), true,
        fmt::format("{} ticks x 1 (most often there are none)", n(ticks())), CostTable::events);
    const double row = read_units(row_bytes());
    const double row_reads = 1 + rows_a_tick() * (1 + (counts_a_row() > 1 ? 1 : 0));
    add(Meter::dynamodb_read, "rows, by the schedule", ticks() * row_reads * row, true,
        fmt::format("{} ticks x {} reads (the latest, the one to write, the one to make final) x {} units",
                    n(ticks()), n(row_reads), n(row)),
        CostTable::aggregates);
    const double starts = assumed.aggregator_cold_starts_a_day * days_a_month;
    const double hour = read_units(row_bytes() * 3600 / seconds_of(setting.slide));
    add(Meter::dynamodb_read, "rows, by a new environment", starts * hour, true,
        fmt::format("{} starts x {} units (the rows of an hour)", n(starts), n(hour)), CostTable::aggregates);
    if (setting.reads_a_day > 0)
        add(Meter::dynamodb_read, "rows, by queries", setting.reads_a_day * days_a_month * (row + 1), true,
            fmt::format("{} queries a day x {:.1f} days x ({} for the row + 1 for the table's META)",
                        n(setting.reads_a_day), days_a_month, n(row)),
            CostTable::aggregates);
}

void CostLines::storage() {
    const BatchItems items = items_of(batch, setting, prices);
    const double kept = seconds_of(setting.retention) + 86'400;  // items outlive the retention by a day
    const double marker = setting.foreign ? 0 : items.marker_bytes + item_overhead_bytes;
    const double batch_bytes = items.raw_bytes + items.delta_bytes + marker +
                               (items.raw_items + items.delta_items) * item_overhead_bytes;
    const double events = batch.a_second * kept * batch_bytes / gigabyte;
    const double rows = kept / seconds_of(setting.slide) * (row_bytes() + item_overhead_bytes) / gigabyte;
    const std::string how_events = fmt::format("{} batches in {:.3g} days x {} bytes",
                                               n(batch.a_second * kept), kept / 86'400, n(batch_bytes));
    const std::string how_rows = fmt::format("{} rows x {} bytes", n(kept / seconds_of(setting.slide)),
                                             n(row_bytes() + item_overhead_bytes));
    add(Meter::dynamodb_storage, "events table", events, false, how_events, CostTable::events);
    add(Meter::dynamodb_storage, "aggregates table", rows, true, how_rows, CostTable::aggregates);
    if (!setting.recovery) return;
    add(Meter::dynamodb_recovery, "point-in-time recovery of events", events, false, how_events,
        CostTable::events);
    add(Meter::dynamodb_recovery, "point-in-time recovery of aggregates", rows, true, how_rows,
        CostTable::aggregates);
}

void CostLines::operations() {
    const Assumptions& assumed = prices.assumptions();
    add(Meter::scheduler_invocation, "schedule", ticks(), true,
        fmt::format("{} seconds a month / {} seconds", n(seconds_a_month), n(seconds_a_month / ticks())));
    add(Meter::log_gigabyte, "logs of the store function",
        invocations() * assumed.log_bytes_an_invocation / gigabyte, false,
        fmt::format("{} invocations x {} bytes", n(invocations()), n(assumed.log_bytes_an_invocation)));
    add(Meter::log_gigabyte, "logs of the aggregate function",
        ticks() * assumed.log_bytes_an_invocation / gigabyte, true,
        fmt::format("{} invocations x {} bytes", n(ticks()), n(assumed.log_bytes_an_invocation)));
    add(Meter::custom_metric, "metric of rows written", assumed.custom_metrics, true, "of the stack");
    add(Meter::alarm, "alarms", assumed.alarms, true, "of the stack");
}

}  // namespace weir::aws
