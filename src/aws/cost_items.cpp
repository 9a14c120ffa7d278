#include "aws/cost_items.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace weir::aws {
namespace {

constexpr double kilobyte = 1024;
constexpr double read_unit = 4 * kilobyte;
constexpr double block_text_bytes = 384 * kilobyte;  // store/dynamo/raw_items.h

// Decimal digits of a whole number, and the bytes of a Number that has them.
double digits(double value) {
    return value < 10 ? 1 : std::floor(std::log10(value)) + 1;
}
double number_bytes(double value) {
    return value < 1 ? 1 : 1 + std::ceil(digits(value) / 2);
}

constexpr double length(std::string_view text) {
    return static_cast<double>(text.size());
}
constexpr double minute_bytes = length("2026-11-24T00:15");
constexpr double time_bytes = length("2026-11-24T00:15:53.123Z");
constexpr double epoch_seconds_bytes = 1 + 10.0 / 2;  // a Number of ten digits
constexpr double expires_bytes = length("expires") + epoch_seconds_bytes;
constexpr double raw_partition_bytes = length("pk") + length("E##0") + minute_bytes;

// How many different keys so many events have, of `keys` whose frequencies fall evenly from the most frequent
// one to the rarest, as those of the real data about do: the mean of 1 - exp(-f) over f in [0, 2
// events/keys].
double distinct(double keys, double events) {
    const double most = 2 * events / keys;
    return std::clamp(keys * (1 + std::expm1(-most) / most), 1.0, std::min(keys, std::max(1.0, events)));
}

// Digits of the numbers 0 to count - 1, on average.
double mean_index_digits(double count) {
    double sum = 0, from = 0;
    for (double length = 1, power = 10; from < count; ++length, power *= 10) {
        const double to = std::min(count, power);
        sum += (to - from) * length;
        from = to;
    }
    return count > 0 ? sum / count : 1;
}

}  // namespace

double CostItems::message_bytes(double events) const {
    const double line_break = setting.foreign ? 0 : 1;
    double body = events * (static_cast<double>(setting.event_bytes.count) + line_break);
    if (setting.foreign) return body;
    double envelope = length(R"({"weir":1,"batch_id":"","content_type":"application/x-ndjson"})") + 1 +
                      prices.assumptions().batch_id_bytes;
    if (setting.compress) {
        envelope += length(R"(,"content_encoding":"zstd")");
        body = std::ceil(body / prices.message_compression(events));
        if (setting.transport == CostTransport::sqs) body = std::ceil(body / 3) * 4;  // base64
    }
    return envelope + body;
}

double CostItems::marker_bytes() const {
    return length("pk") + length("B#") + prices.assumptions().batch_id_bytes + length("sk") + length("B") +
           length("content") + 32 + length("received_at") + time_bytes + expires_bytes;
}

double CostItems::raw_row_bytes() const {
    const Assumptions& assumed = prices.assumptions();
    // The id of a foreign message is a UUID.
    const double batch = setting.foreign ? 36 : assumed.batch_id_bytes;
    return raw_partition_bytes + length("sk") + time_bytes + 1 + assumed.event_id_bytes + 1 + batch +
           length("line") + static_cast<double>(setting.event_bytes.count) + length("key") +
           assumed.key_bytes + expires_bytes;
}

double CostItems::events_a_block() const {
    return std::max(1.0, std::floor(block_text_bytes / static_cast<double>(setting.event_bytes.count)));
}

double CostItems::block_bytes(double events) const {
    const double text = events * (static_cast<double>(setting.event_bytes.count) + 1);
    return raw_partition_bytes + length("sk") + length("~#0000") + prices.assumptions().batch_id_bytes +
           length("format") + length("ndjson") + length("events") + number_bytes(events) + expires_bytes +
           length("block") + std::ceil(text / prices.block_compression(events));
}

double CostItems::ledger_only_delta_bytes() const {
    return length("pk") + length("D#") + minute_bytes + length("sk") +
           (setting.foreign ? 36 : prices.assumptions().batch_id_bytes) + expires_bytes + length("received") +
           length("stored") + 2 * number_bytes(setting.batch_events) + length("duplicates") +
           length("rejected") + length("late") + 3 * number_bytes(0);
}

double CostItems::delta_bytes(double events, double seconds) const {
    const double keys = distinct(setting.keys, events);
    const double panes = std::min(
        {events, 1 + seconds / seconds_of(setting.pane), std::max(1.0, 60 / seconds_of(setting.pane))});
    const double keys_a_pane = distinct(setting.keys, events / panes);
    const double pair = length(",,") + mean_index_digits(keys) + digits(events / panes / keys_a_pane);
    const double counts = length(R"({"keys":[],"panes":[]})") +
                          keys * (prices.assumptions().key_bytes + length(R"("",)")) - 1 +
                          panes * (length("[30000,0],") + keys_a_pane * pair) - 1;
    return ledger_only_delta_bytes() + length("counts") + counts;
}

double CostItems::row_bytes(double events) const {
    const double keys = distinct(setting.keys, events);
    const double view = length("county-5m");
    const double epoch_ms = 1 + std::ceil(13.0 / 2);
    const double head =
        length("pk") + view + length("sk") + time_bytes + length("view") + view + length("window_start") +
        length("window_end") + length("updated") + length("computed_at") + 4 * time_bytes + length("total") +
        number_bytes(events) + length("late") + number_bytes(0) + length("revision") + number_bytes(0) +
        length("as_of") + epoch_ms + length("schema") + number_bytes(1) + length("final") + 1 + expires_bytes;
    const double counts =
        length("counts") + 3 + keys * (1 + prices.assumptions().key_bytes + number_bytes(events / keys));
    return head + counts;
}

double write_units(double item_bytes) {
    return std::max(1.0, std::ceil(item_bytes / kilobyte));
}

double read_units(double page_bytes) {
    return std::max(1.0, std::ceil(page_bytes / read_unit));
}

double mean_read_units(double page_bytes, double spread) {
    // The integral of read_units from 0 on.
    const auto sum_to = [](double bytes) {
        const double whole = std::floor(bytes / read_unit);
        return whole * (whole + 1) / 2 * read_unit + (whole + 1) * (bytes - whole * read_unit);
    };
    const double from = std::max(0.0, page_bytes - spread / 2), to = page_bytes + spread / 2;
    return to > from ? (sum_to(to) - sum_to(from)) / (to - from) : read_units(page_bytes);
}

}  // namespace weir::aws
