#pragma once

#include <array>
#include <string>
#include <vector>

#include "aws/cost_prices.h"
#include "aws/cost_setting.h"

namespace weir::aws {

constexpr double hours_a_month = 730;
constexpr double seconds_a_month = hours_a_month * 3600;

enum class CostTable { none, events, aggregates };

// One thing that is paid for, in a month.
struct CostLine {
    Meter meter = Meter::sqs_request;
    CostTable table = CostTable::none;
    std::string what;        // "sends"
    double units = 0;        // of the meter, a month
    bool fixed = false;      // does not grow with the number of events sent: it is due every minute, or once
    double usd = 0;          // at list price. Of provisioned units nothing: the capacity is paid for
    std::string arithmetic;  // how `units` came about
};

// What a meter adds up to.
struct MeterTotal {
    double units = 0;
    double free = 0;      // units of them within the always-free tier
    double list_usd = 0;  // without it
    double usd = 0;       // with it
};

// The shape of a batch under a setting.
struct BatchShape {
    double events = 0;
    double seconds = 0;  // from its first event to its last
    double message_bytes = 0;
    double a_second = 0;  // batches
    double shards = 0;    // of the stream; 0 with a queue
    double messages_an_invocation = 1;
};

struct Bill {
    CostSetting setting;
    BatchShape batch;
    double events = 0;                             // a month
    double write_capacity = 0, read_capacity = 0;  // provisioned units of both tables; on demand: 0
    std::vector<CostLine> lines;
    std::array<MeterTotal, meter_count> meters;
    double list_usd = 0;  // a month, without the free tier
    double usd = 0;       // with it

    [[nodiscard]] const MeterTotal& meter(Meter m) const { return meters[static_cast<std::size_t>(m)]; }
    [[nodiscard]] double a_million(double a_month) const { return a_month / events * 1e6; }
};

// What a month of the setting costs. Arithmetic only: no input or output. The setting must hold rate > 0,
// batch_events >= 1, keys >= 1, memory_mb > 0 and durations over zero (linger and lateness may be zero).
Bill cost_of(const CostSetting& setting, const PriceList& prices);

}  // namespace weir::aws
