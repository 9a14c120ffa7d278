#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "codec/row_source.h"
#include "event/batch.h"
#include "event/dead_letter.h"
#include "transport/transport.h"

namespace weir {

struct ProducerOptions {
    std::string run_id;  // event_ids are <run_id>-<sequence from 1>, batch_ids <run_id>-b<number>
    std::optional<std::uint64_t> limit;      // exactly so many events; absent: until the source ends
    std::optional<double> rate;              // events a second; absent: as fast as they are acknowledged
    LineFormat format = LineFormat::ndjson;  // on the wire
    bool compress = true;                    // zstd
    std::size_t batch_events = 1000;
    Bytes batch_bytes = 1_MiB;  // of a body before compression: a batch is sent when either is reached
    // Of a compressed body of NDJSON: one that would be larger goes as several batches.
    std::optional<Bytes> most_compressed;
    Duration linger{100};  // or when its first event has waited so long
    std::size_t in_flight =
        4;  // 1 to 256 batches sent at once, each from a thread and a Transport of its own
    Duration retry_for{60'000};  // a batch is given up when not acknowledged so long after its first try
    Duration retry_base{100};    // full jitter: a random wait in [0, min(retry_cap, retry_base * 2^tries)]
    Duration retry_cap{5'000};
};

struct ProducerProgress {
    std::uint64_t produced = 0;      // events stamped
    std::uint64_t acknowledged = 0;  // events with a verdict: stored + duplicates
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t rejected = 0;  // by the server, plus input rows that could not be used
    std::uint64_t failed = 0;    // events of batches given up or refused
    std::uint64_t late = 0;
    std::uint64_t retries = 0;  // sends after the first of a batch
    std::uint64_t batches = 0;
    std::uint64_t wire_bytes = 0;  // bodies, every try counted
    double seconds = 0;
};

struct ProducerSummary {
    ProducerProgress totals;
    std::string run_id;
    bool interrupted = false;                // stopped by request before its end
    std::optional<Error> error;              // of the first batch given up or refused, or of the source
    std::vector<DeadLetter> first_rejected;  // at most max_line_errors, of input rows and of the server's
                                             // verdicts (line is the batch's)
    Timestamp first_ts, last_ts;             // of the events produced
};

// Streams rows as events: stamps each with its time and id, packs them into batches, sends several at once
// and retries each under its own batch_id with full jitter until it is acknowledged or retry_for is over. The
// rate is held by deadlines: event k (from 1) is due at start + k / rate, a missed deadline is caught up, and
// ts is the moment the event is due (now, when there is no rate; it never goes back within a run).
//
// The first batch that is given up or refused ends the producing: what is queued is still sent (one try
// each), then run() returns with its error. At the end of a run: produced == acknowledged + failed + rejected
// by the server. Threads: run() once, from one thread; stop, abort and progress from any.
class Producer {
  public:
    using MakeTransport = std::function<std::unique_ptr<Transport>()>;

    Producer(ProducerOptions options, RowSource& source, MakeTransport make_transport, Clock& clock);
    ~Producer();

    // Runs to the end, in this thread and in_flight others.
    ProducerSummary run();
    // From any thread, also from a signal's handling thread: produces no more, sends what was produced, then
    // run() returns.
    void stop();
    // From any thread: cancels what is in flight too.
    void abort();
    [[nodiscard]] ProducerProgress progress() const;

    // Called from the sending threads with every batch's outcome, after it is final (`retry`: it was given
    // up). Set before run().
    void on_delivery(std::function<void(const OutgoingBatch&, const Delivery&)> observer);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// A fresh run id: "r" and 12 characters of [0-9a-z], from the system's random numbers.
std::string make_run_id();

}  // namespace weir
