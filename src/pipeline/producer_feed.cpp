#include "pipeline/producer_feed.h"

#include <algorithm>
#include <utility>

#include "pipeline/producer_wait.h"

namespace weir {
namespace {

constexpr Duration shortest_sleep{1};  // at high rates all events that are due meanwhile are made at once
constexpr std::uint64_t events_between_looks =
    64;  // at the clock and the rejected rows, while nothing has to be waited for

}  // namespace

ProducerFeed::ProducerFeed(const ProducerOptions& options, RowSource& source, Clock& clock, BatchQueue& queue,
                           Tally& tally, const std::atomic<bool>& stopped)
    : options_(options),
      source_(source),
      clock_(clock),
      queue_(queue),
      tally_(tally),
      stopped_(stopped),
      pacer_(clock, options.rate),
      batch_(options.run_id, options.format, source.csv_header(),
             {options.batch_events, options.batch_bytes, options.linger}) {}

void ProducerFeed::run() {
    while (wanted() && !wait_for_input()) {
    }
    pacer_.start();
    produce();
    tally_.add_rejected(source_.take_rejected());
    if (!batch_.empty()) flush();
}

void ProducerFeed::produce() {
    const Row* row = nullptr;  // taken before it is due, so that the end of the source ends the run at once
    while (wanted()) {
        if (options_.limit && produced_ >= *options_.limit) {
            finished_ = true;
            return;
        }
        if (row == nullptr) {
            if (!source_.ready(Duration{0}) && !wait_for_input()) continue;
            auto next = source_.next();
            if (!next) return tally_.set_error(std::move(next).error());
            row = *next;
            finished_ = row == nullptr;
            if (finished_) return;
        }
        if (!next_is_due()) {
            wait_until_due();
            continue;
        }
        emit(*std::exchange(row, nullptr));
        if (produced_ % events_between_looks == 0) {
            tally_.add_rejected(source_.take_rejected());
            flush_if_lingering();
        }
    }
}

bool ProducerFeed::next_is_due() {
    if (pacer_.is_due(produced_ + 1)) return true;
    pacer_.look();
    return pacer_.is_due(produced_ + 1);
}

void ProducerFeed::wait_until_due() {
    const SteadyTime now = pacer_.seen();
    sleep_in_slices(clock_, next_deadline(std::max(pacer_.due(produced_ + 1), now + shortest_sleep)),
                    [&] { return !wanted(); });
    flush_if_lingering();
}

// Whether the source has an answer now; waits a little for it. This wait is for a person or another program,
// and thus in real time.
bool ProducerFeed::wait_for_input() {
    const SteadyTime now = clock_.steady_now();
    const auto wait = std::chrono::ceil<Duration>(next_deadline(now + wait_slice) - now);
    const bool ready = source_.ready(std::max(wait, Duration{0}));
    tally_.add_rejected(source_.take_rejected());
    flush_if_lingering();
    return ready;
}

void ProducerFeed::emit(const Row& row) {
    ++produced_;
    const Timestamp ts = pacer_.stamp(produced_);
    if (produced_ == 1) first_ts_ = ts;
    last_ts_ = ts;
    if (!batch_.empty() && !batch_.has_room_for(row)) flush();
    batch_.append(produced_, ts, row, batch_.empty() ? clock_.steady_now() : SteadyTime{});
    tally_.set_produced(produced_);
    if (batch_.full()) flush();
}

void ProducerFeed::flush() {
    queue_.push(batch_.take(queue_.spare()));
}

void ProducerFeed::flush_if_lingering() {
    if (!batch_.empty() && clock_.steady_now() >= batch_.deadline()) flush();
}

SteadyTime ProducerFeed::next_deadline(SteadyTime other) const {
    return batch_.empty() ? other : std::min(other, batch_.deadline());
}

}  // namespace weir
