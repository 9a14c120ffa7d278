#include "aws/cost_search.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace weir::aws {
namespace {

constexpr std::array<double, 26> batch_sizes{1,    2,    5,    10,   20,   50,   100,  200,   300,
                                             400,  500,  700,  1000, 1200, 1400, 1600, 1800,  2000,
                                             2500, 3000, 3500, 4000, 5000, 6000, 8000, 10'000};
constexpr std::array<Duration::rep, 9> lingers_ms{100, 500, 1000, 2000, 5000, 10'000, 15'000, 20'000, 30'000};
constexpr double most_free_rate = 1e6;
constexpr double rate_step = 0.1;  // to which a free rate is found
constexpr double beyond = 1.05;    // where to look what is paid for first

// Better first: money, then the time that an event waits.
std::tuple<double, double, double> rank(const Bill& bill) {
    return {bill.usd, bill.list_usd, bill.batch.seconds};
}

// Room for so many events, in whole MiB.
Bytes batch_bytes_for(double events, Bytes event) {
    constexpr std::uint64_t mebibyte = (1_MiB).count;
    const auto bytes = static_cast<std::uint64_t>(events) * (event.count + 1);
    return Bytes{(bytes + mebibyte - 1) / mebibyte * mebibyte};
}

}  // namespace

Bill cheapest(CostSetting setting, Duration max_linger, const PriceList& prices) {
    std::optional<Bill> best;
    setting.foreign = false;
    for (const bool compress : {true, false})
        for (const double events : batch_sizes)
            for (const Duration::rep linger : lingers_ms) {
                if (Duration{linger} > max_linger && linger != lingers_ms.front()) continue;
                setting.compress = compress;
                setting.batch_events = events;
                setting.batch_bytes = batch_bytes_for(events, setting.event_bytes);
                setting.linger = Duration{linger};
                Bill bill = cost_of(setting, prices);
                if (!best || rank(bill) < rank(*best)) best = std::move(bill);
            }
    return *std::move(best);
}

Bill plain_way(CostSetting setting, const PriceList& prices) {
    setting.foreign = true;
    setting.layout = CostLayout::rows;
    setting.billing = CostBilling::on_demand;
    return cost_of(setting, prices);
}

FreeLimit free_limit(CostSetting setting, Duration max_linger, const PriceList& prices) {
    setting.billing = CostBilling::provisioned;
    setting.recovery = false;
    const auto bill_at = [&](double rate) {
        setting.rate = rate;
        return cheapest(setting, max_linger, prices);
    };
    const auto costs_nothing = [](const Bill& bill) { return bill.usd < 1e-9; };
    FreeLimit limit;
    double low = 0, high = 1;
    while (high < most_free_rate && costs_nothing(bill_at(high))) {
        low = high;
        high *= 2;
    }
    while (high - low > rate_step) {
        const double middle = (low + high) / 2;
        (costs_nothing(bill_at(middle)) ? low : high) = middle;
    }
    limit.rate = low;
    limit.at = bill_at(low > 0 ? low : 1.0 / 60);
    const Bill more = bill_at(high * beyond);
    for (std::size_t i = 0; i < meter_count; ++i)
        if (more.meters[i].usd > 0) limit.binding.push_back(static_cast<Meter>(i));
    return limit;
}

}  // namespace weir::aws
