#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "event/batch.h"
#include "event/verdict.h"
#include "store/store.h"

namespace weir {

struct IngestorOptions {
    Bytes max_queued =
        128_MiB;  // text of all batches that wait or are being committed; more: ErrorCode::overloaded
    std::size_t max_queued_batches = 4096;
    std::size_t max_group = 512;  // batches committed with one fsync
    Bytes max_group_text = 16_MiB;
};

struct IngestorCounters {       // since the start of the process; for metrics
    std::uint64_t commits = 0;  // groups, that is fsyncs
    std::uint64_t queued_batches = 0;
    std::uint64_t queued_bytes = 0;
    std::uint64_t rejected_events = 0;
};

// Takes batches from many threads and commits them in groups from one thread of its own: batches that arrive
// while one group is written form the next (group commit). The verdict comes after the write is durable.
// After a storage failure nothing is accepted any more: every batch is answered with that error and
// `on_failure` is called once.
class Ingestor {
  public:
    using Answer = std::function<void(Result<Verdict>)>;

    Ingestor(Store& store, IngestorOptions options, std::function<void(const Error&)> on_failure);
    ~Ingestor();  // drains

    // Never blocks. `answer` is called exactly once: at once with ErrorCode::overloaded or ::unavailable when
    // the batch is not taken, else from the committing thread.
    void submit(Batch batch, Answer answer);
    // Takes no more, commits what was taken, answers all of it.
    void drain();
    [[nodiscard]] IngestorCounters counters() const;
    // Called from the committing thread after each commit, with the seconds it took. Set before the first
    // submit.
    void on_commit(std::function<void(double seconds, std::size_t batches)> observer);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir
