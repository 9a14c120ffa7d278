#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "transport/transport.h"

namespace weir {

// A file descriptor that several StreamTransports write to, one batch at a time. Thread-safe; does not close
// the descriptor.
class StreamSink {
  public:
    // `csv_header`: the line that every CSV body begins with, without its line break; it is written once in
    // all. The process must ignore SIGPIPE, so that a closed pipe is an error and not the end of it.
    explicit StreamSink(int fd, std::string csv_header = {});

    // Blocks until all is written. Fails with ErrorCode::io ("output-closed", "output-failed"), or
    // ::interrupted once `cancelled` is set; after a failure in the middle of a batch nothing more is
    // written, ever.
    Result<void> write(std::string_view body, const std::atomic<bool>& cancelled);
    [[nodiscard]] const std::string& csv_header() const { return csv_header_; }

  private:
    Result<void> write_all(std::string_view bytes, const std::atomic<bool>& cancelled);

    std::mutex mutex_;
    int fd_;
    bool may_block_;  // no plain file: written in pieces that fit a pipe, so that a cancelled write ends
    std::string csv_header_;
    bool header_written_ = false;
    std::optional<Error> failure_;  // after it nothing more is written
};

// Writes batches to standard output or a file, each acknowledged once it is written. Batches of several
// transports come out in the order they were sent, which is not the order of their events when more than one
// is in flight. A CSV body with a content encoding is refused (its header could not be taken off); anything
// else is written as it is (zstd frames may be put one behind the other, RFC 8878).
class StreamTransport final : public Transport {
  public:
    explicit StreamTransport(std::shared_ptr<StreamSink> sink) : sink_(std::move(sink)) {}
    Delivery send(const OutgoingBatch& batch) override;
    void cancel() override { cancelled_ = true; }

  private:
    std::shared_ptr<StreamSink> sink_;
    std::atomic<bool> cancelled_ = false;
};

}  // namespace weir
