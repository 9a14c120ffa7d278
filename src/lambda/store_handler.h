#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "codec/batch_decoder.h"
#include "codec/compression.h"
#include "lambda/handler.h"
#include "store/store.h"

namespace weir::lambda {

// Stores the messages of an event: each is a batch (codec/message_envelope.h).
//
// The answer is `{"batchItemFailures":[{"itemIdentifier":…}…]}`, which the event source mapping must be told
// to expect (ReportBatchItemFailures). SQS: every message that is not stored, and no other, is named; it is
// delivered again and, in the end, lies in the dead-letter queue. Kinesis: the first record that is not
// stored is named; it and all after it are delivered again. An empty list means that all are stored. Only ids
// that stand in the event are named, each once.
//
// A message of SQS fails alone when it cannot be read at all, when its batch id was used for other content,
// or when the store could not take it. On Kinesis a failure holds up the shard and, in the end, takes the
// records behind it along: there only the store's failures are ones, and a record that would be refused at
// every delivery is kept whole as a dead letter ("message_refused", with the error's reason in its message),
// as a batch of the record's own id. Lines of a readable message that are no events do not fail it: they are
// dead letters in the store. Messages that there was no time for before the deadline, or that come after the
// store as a whole has failed, are reported as failed and not tried. A message whose batch was stored before
// is no failure.
//
// An event that is none of SQS or Kinesis is the function's error. One log line an event: counts, never
// payload.
class StoreHandler final : public Handler {
  public:
    struct Options {
        std::string group_by = "County";
        EventLimits limits{};
        DecompressionLimits decompression{.max_output = 16_MiB};  // of one message
        // What is committed at once: bounds memory, and how far past the deadline's margin a call may run.
        Bytes max_group_text = 8_MiB;
        std::size_t max_group_batches = 500;
        // The first group of an event is done once it has so many lines. Each later one takes as many as the
        // one before says can be written in a quarter of the time left: what a group could not end is all to
        // be written again, so that a throttled table that is given too much at once would never be done.
        std::uint64_t first_group_lines = 500;
        Duration deadline_margin{1'000};  // or as long as the slowest group so far, if that is more
    };
    // All outlive the handler.
    StoreHandler(Store& store, const Clock& clock, Options options);
    ~StoreHandler() override;

    Result<std::string> handle(Invocation invocation) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::lambda
