#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "cli/data_sink.h"
#include "codec/row_source.h"
#include "transport/transport.h"

namespace weir::cli {

// Keeps what a stream could not bring in, as NDJSON in the form of dead letters: rows of the input that could
// not be used, and lines that the server refused (of each batch those that its verdict names). Thread-safe.
class RejectsFile {
  public:
    static Result<std::unique_ptr<RejectsFile>> create(const std::string& path);

    void add(const DeadLetter& letter);
    // The lines of a batch that the verdict names, with their bytes taken from the batch's body.
    void add(const OutgoingBatch& batch, const Delivery& delivery);
    // Lines that no verdict named; the server has them all as dead letters.
    [[nodiscard]] std::uint64_t unnamed() const;
    Result<void> finish();

  private:
    explicit RejectsFile(DataSink sink) : sink_(std::move(sink)) {}

    mutable std::mutex mutex_;
    DataSink sink_;
    Result<void> written_;
    std::uint64_t unnamed_ = 0;
};

// A source that also tells a RejectsFile of the rows that could not be used.
std::unique_ptr<RowSource> recording_rejects(std::unique_ptr<RowSource> source, RejectsFile& rejects);

}  // namespace weir::cli
