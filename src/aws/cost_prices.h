#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::aws {

// What AWS meters and bills, of what weir uses.
enum class Meter {
    sqs_request,           // 64 KB of the payload of a call
    kinesis_shard_hour,    // of a provisioned stream
    kinesis_put_unit,      // 25 KB of a record
    lambda_request,        // an invocation
    lambda_gb_second,      // memory held while running
    dynamodb_write,        // on demand: 1 KB of an item written
    dynamodb_read,         // on demand: 4 KB of items read with strong consistency
    dynamodb_write_hour,   // provisioned: one write a second, for an hour
    dynamodb_read_hour,    // provisioned: one read a second, for an hour
    dynamodb_storage,      // GB-month
    dynamodb_recovery,     // GB-month of point-in-time recovery
    scheduler_invocation,  // of EventBridge Scheduler
    log_gigabyte,          // CloudWatch Logs, collected
    custom_metric,         // CloudWatch, a month
    alarm                  // CloudWatch, a month
};
constexpr std::size_t meter_count = 15;

// The name in a price file: "sqs-request".
std::string_view meter_name(Meter meter);

struct Price {
    std::string service;  // "SQS"
    std::string unit;     // "requests"
    double usd = 0;       // for `per` units
    double per = 1;
    double free = 0;  // units a month that cost nothing, for ever
    std::string source;
    bool verified = false;

    [[nodiscard]] double usd_of(double units) const { return units / per * usd; }
};

// What is true of the services or of the functions, and no setting. Each is in the price file with the reason
// for its value.
struct Assumptions {
    double sqs_pollers = 0;
    double sqs_poll_seconds = 0;
    double sqs_window_seconds = 0;
    double sqs_batch_size = 0;
    double delivery_seconds = 0;  // from a batch's last event until the queue has it
    double key_bytes = 0;
    double event_id_bytes = 0;
    double batch_id_bytes = 0;
    double invocation_ms = 0;
    double round_trip_ms = 0;
    double row_cpu_ms = 0;    // of an event, on a whole processor
    double block_cpu_ms = 0;  // likewise
    double log_bytes_an_invocation = 0;
    double custom_metrics = 0;
    double alarms = 0;
    double aggregator_cold_starts_a_day = 0;
    double provisioned_utilisation = 0;
};

// A price file as it was read: data/prices/*.json.
class PriceList {
  public:
    // ErrorCode::usage, "prices-invalid": no JSON, or a price or assumption is missing, no number or below
    // zero; the message names it.
    static Result<PriceList> parse(std::string_view json);

    [[nodiscard]] const std::string& region() const { return region_; }
    [[nodiscard]] const std::string& date() const { return date_; }
    [[nodiscard]] const Price& price(Meter meter) const { return prices_[static_cast<std::size_t>(meter)]; }
    [[nodiscard]] const Assumptions& assumptions() const { return assumptions_; }
    // How many times smaller zstd makes the lines of so many events together, as a message and as a block of
    // the table; between the measured points it follows the logarithm of their number.
    [[nodiscard]] double message_compression(double events) const;
    [[nodiscard]] double block_compression(double events) const;
    [[nodiscard]] bool all_verified() const;

  private:
    std::string region_, date_;
    std::array<Price, meter_count> prices_;
    Assumptions assumptions_;
    std::vector<std::pair<double, double>> messages_, blocks_;  // events, ratio; ascending
};

// The file that was built in: data/prices/us-east-1.json.
std::string_view embedded_prices();

}  // namespace weir::aws
