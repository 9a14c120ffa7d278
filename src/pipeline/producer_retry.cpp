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

Error aborted_error() {
    return {ErrorCode::interrupted, "aborted", "the run was aborted before every batch was acknowledged", {}};
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
    for (std::uint32_t tries = 0;; ++tries) {
        tally_.add_try(batch.body.size(), tries > 0);
        Delivery delivery = transport_.send(batch);
        if (delivery.outcome == Delivery::Outcome::acknowledged) {
            tally_.add(delivery.verdict);
            return delivery;
        }
        if (delivery.outcome == Delivery::Outcome::refused) {
            tally_.add_failed(batch.events, delivery.error);
            return delivery;
        }
        const SteadyTime now = clock_.steady_now();
        const SteadyTime earliest = now + delivery.retry_after;
        if (cancelled_ || now >= deadline || earliest > deadline)
            return give_up(batch, std::move(delivery), tries + 1);
        wait_until(std::min(earliest + full_jitter(policy_, tries, random_), deadline));
        if (cancelled_) return give_up(batch, std::move(delivery), tries + 1);
    }
}

Delivery BatchSender::give_up(const OutgoingBatch& batch, Delivery last, std::uint32_t tries) {
    Error error = last.error;
    if (cancelled_) {
        error = aborted_error();
    } else {
        error.message =
            fmt::format("batch {} was given up after {} {}, {} after its first: {}", batch.batch_id, tries,
                        tries == 1 ? "try" : "tries", format_duration(policy_.give_up_after), error.message);
        if (error.hint.empty())
            error.hint = "check that the server runs and can be reached, or be more patient with --retry-for";
    }
    tally_.add_failed(batch.events, std::move(error));
    return last;
}

void BatchSender::wait_until(SteadyTime t) {
    sleep_in_slices(clock_, t, [&] { return cancelled_.load(); });
}

}  // namespace weir
