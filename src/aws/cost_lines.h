#pragma once

#include <vector>

#include "aws/cost_model.h"

namespace weir::aws {

// The lines of a bill without money, service by service.
struct CostLines {
    const CostSetting& setting;
    const PriceList& prices;
    const BatchShape& batch;
    std::vector<CostLine>& out;

    void transport();
    void functions();
    void table_writes();
    void table_reads();
    void storage();
    void operations();  // schedule, logs, alarms

  private:
    void add(Meter meter, std::string what, double units, bool fixed, std::string arithmetic,
             CostTable table = CostTable::none);
    void sqs();
    void kinesis();
    [[nodiscard]] double batches() const;  // a month
    [[nodiscard]] double invocations() const;
    [[nodiscard]] double ticks() const;  // of the schedule, a month
    [[nodiscard]] double rows_a_tick() const;
    [[nodiscard]] double counts_a_row() const;
    [[nodiscard]] double row_bytes() const;
    [[nodiscard]] double store_seconds() const;      // of an invocation
    [[nodiscard]] double aggregate_seconds() const;  // likewise
};

// A batch whose events spread over `seconds` lies in one minute, or in two, or more: the mean of the sum of
// `cost(events, seconds)` over the minutes that it lies in, over all moments at which it may begin.
template <typename Cost>
double over_minutes(double events, double seconds, const Cost& cost) {
    const double pieces = 1 + seconds / 60;
    const auto fewer = static_cast<double>(static_cast<long long>(pieces));
    const double chance_of_more = pieces - fewer;
    const auto even = [&](double parts) { return parts * cost(events / parts, seconds / parts); };
    if (chance_of_more == 0) return even(fewer);
    if (fewer > 1) return (1 - chance_of_more) * even(fewer) + chance_of_more * even(fewer + 1);
    double cut = 0;  // in two, anywhere
    for (const double part : {0.1, 0.3, 0.5, 0.7, 0.9})
        cut += 2 * cost(events * part, seconds * part) / 5;
    return (1 - chance_of_more) * even(1) + chance_of_more * cut;
}

// What the items of one batch take, on average.
struct BatchItems {
    double raw_units = 0, raw_bytes = 0, raw_items = 0;
    double delta_units = 0, delta_bytes = 0, delta_items = 0;
    double marker_units = 0, marker_bytes = 0;
};
BatchItems items_of(const BatchShape& batch, const CostSetting& setting, const PriceList& prices);

}  // namespace weir::aws
