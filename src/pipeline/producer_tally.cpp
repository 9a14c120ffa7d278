#include "pipeline/producer_tally.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t kept_row_bytes = 4096;  // of a rejected row: the input still has it all

}  // namespace

void Tally::add_try(std::size_t bytes, bool again) {
    add_to(wire_bytes_, bytes);
    if (again)
        add_to(retries_, 1);
    else
        add_to(batches_, 1);
}

void Tally::add(const Verdict& verdict) {
    add_to(stored_, verdict.stored);
    add_to(duplicates_, verdict.duplicates);
    add_to(acknowledged_, verdict.stored + verdict.duplicates);
    add_to(rejected_, verdict.rejected);
    add_to(late_, verdict.late);
    if (verdict.errors.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const LineError& line : verdict.errors) {
        if (first_rejected_.size() >= max_line_errors) return;
        DeadLetter letter;
        letter.batch_id = verdict.batch_id;
        letter.source = "server";
        letter.line = line.line;
        letter.reason = line.reason;
        letter.message = line.message;
        first_rejected_.push_back(std::move(letter));
    }
}

void Tally::add_failed(std::uint64_t events, Error error, bool unsent) {
    add_to(failed_, events);
    if (unsent) add_to(unsent_, events);
    set_error(std::move(error));
    has_failed_ = true;
}

void Tally::add_rejected(std::vector<DeadLetter> rows) {
    if (rows.empty()) return;
    add_to(rejected_, rows.size());
    const std::lock_guard lock(mutex_);
    for (DeadLetter& row : rows) {
        if (first_rejected_.size() >= max_line_errors) return;
        row.bytes.resize(std::min(row.bytes.size(), kept_row_bytes));
        first_rejected_.push_back(std::move(row));
    }
}

void Tally::set_error(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
}

ProducerProgress Tally::progress(const Clock& clock) const {
    const auto read = [](const Count& count) { return count.load(std::memory_order_relaxed); };
    ProducerProgress progress;
    progress.acknowledged = read(acknowledged_);
    progress.stored = read(stored_);
    progress.duplicates = read(duplicates_);
    progress.rejected = read(rejected_);
    progress.failed = read(failed_);
    progress.late = read(late_);
    progress.retries = read(retries_);
    progress.batches = read(batches_);
    progress.wire_bytes = read(wire_bytes_);
    progress.produced = read(produced_);
    const auto start = start_.load(), end = end_.load();
    const auto until = end != not_yet ? end : clock.steady_now().time_since_epoch().count();
    if (start != not_yet)
        progress.seconds = std::chrono::duration<double>(SteadyTime::duration{until - start}).count();
    return progress;
}

std::optional<Error> Tally::error() const {
    const std::lock_guard lock(mutex_);
    std::optional<Error> error = error_;
    const std::uint64_t failed = failed_.load();
    if (!error || failed == 0) return error;
    error->message += fmt::format("; {} of {} events are not acknowledged", with_commas(failed),
                                  with_commas(produced_.load()));
    const std::uint64_t unsent = unsent_.load();
    if (unsent == failed) return error;
    error->hint += fmt::format("{}{} event without an acknowledgement may have been stored or not",
                               error->hint.empty() ? "" : "; ", unsent == 0 ? "an" : "another");
    return error;
}

std::vector<DeadLetter> Tally::first_rejected() const {
    const std::lock_guard lock(mutex_);
    return first_rejected_;
}

}  // namespace weir
