#include "pipeline/producer_retry.h"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/producer_wait.h"

namespace weir {

Duration full_jitter(const RetryPolicy& policy, std::uint32_t tries, std::mt19937_64& random) {
    constexpr std::uint32_t most_doublings = 30;
    const std::int64_t cap = std::max<std::int64_t>(policy.cap.count(), 0);
    std::int64_t limit = std::max<std::int64_t>(policy.base.count(), 0);
    for (std::uint32_t i = 0; i < std::min(tries, most_doublings) && limit < cap; ++i)
        limit *= 2;
    return Duration{std::uniform_int_distribution<std::int64_t>{0, std::min(limit, cap)}(random)};
}

BatchSender::BatchSender(Transport& transport, Clock& clock, RetryPolicy policy, Tally& tally,
                         const std::atomic<bool>& cancelled)
    : transport_(transport),
      clock_(clock),
      policy_(policy),
      tally_(tally),
      cancelled_(cancelled),
      random_(std::random_device{}()) {}

Delivery BatchSender::deliver(const OutgoingBatch& batch) {
    const bool only_once = tally_.has_failed();
    SteadyTime deadline = clock_.steady_now();
    if (!only_once) deadline += policy_.give_up_after;
    Delivery last;
    std::uint32_t tries = 0;
    while (!cancelled_) {
        tally_.add_try(batch.body.size(), tries > 0);
        last = transport_.send(batch);
        if (last.outcome == Delivery::Outcome::acknowledged) {
            tally_.add(last.verdict);
            return last;
        }
        if (last.outcome == Delivery::Outcome::refused) {
            tally_.add_failed(batch.events, last.error, last.nothing_sent && tries == 0);
            return last;
        }
        const SteadyTime now = clock_.steady_now();
        const SteadyTime earliest = now + last.retry_after;
        if (now >= deadline || earliest > deadline) return give_up(batch, std::move(last), tries + 1);
        wait_until(std::min(earliest + full_jitter(policy_, tries, random_), deadline));
        ++tries;
    }
    last.error = {
        ErrorCode::interrupted, "aborted", "the run was aborted before every batch was acknowledged", {}};
    tally_.add_failed(batch.events, last.error);
    return last;
}

Delivery BatchSender::give_up(const OutgoingBatch& batch, Delivery last, std::uint32_t tries) {
    last.error.message =
        fmt::format("batch {} was given up after {} {} (it is retried for {}): {}", batch.batch_id, tries,
                    tries == 1 ? "try" : "tries", format_duration(policy_.give_up_after), last.error.message);
    if (last.error.hint.empty())
        last.error.hint =
            "check that the server runs and can be reached, or be more patient with --retry-for";
    tally_.add_failed(batch.events, last.error);
    return last;
}

void BatchSender::wait_until(SteadyTime t) {
    sleep_in_slices(clock_, t, [&] { return cancelled_.load(); });
}

}  // namespace weir
