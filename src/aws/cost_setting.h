#pragma once

#include <chrono>

#include "base/bytes.h"
#include "base/time.h"

namespace weir::aws {

enum class CostLayout { rows, blocks };
enum class CostTransport { sqs, kinesis };
enum class CostBilling { on_demand, provisioned };

// Of a message's events before compression: `weir stream` makes no larger ones, and the store function
// unpacks twice as much.
constexpr Bytes most_unpacked = 8_MiB;

// What a deployment costs depends on.
struct CostSetting {
    double rate = 100;       // events a second, evenly over the month
    Bytes event_bytes{600};  // of the JSON object
    CostLayout layout = CostLayout::rows;
    CostTransport transport = CostTransport::sqs;
    CostBilling billing = CostBilling::on_demand;
    // A batch is a message. It ends at the first of these; they are flags of `weir stream`.
    double batch_events = 1000;
    Bytes batch_bytes = 1_MiB;  // before compression
    Duration linger{5'000};
    bool compress = true;
    // One event a message, sent by another program: no envelope, and no marker in the table.
    bool foreign = false;
    unsigned keys = 62;
    Duration retention{std::chrono::hours{24 * 7}};
    Duration window{std::chrono::minutes{5}}, pane{10'000}, slide{60'000}, lateness{60'000};
    unsigned memory_mb = 256;   // of both functions
    double reads_a_day = 1000;  // queries of a row
    bool recovery = true;       // point-in-time recovery of both tables
};

constexpr double seconds_of(Duration d) {
    return std::chrono::duration<double>(d).count();
}

}  // namespace weir::aws
