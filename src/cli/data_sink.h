#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::cli {

// The reason of the error when whoever read standard output has gone (`weir export | head`): no failure, the
// command ends with 0.
constexpr std::string_view reader_gone = "reader-gone";

// Where a command's data goes: standard output, or a file. Buffered; a failed write is an error and never
// lost. For one thread.
class DataSink {
  public:
    static DataSink standard_output();
    // Writes to `path`.partial; `finish` gives it its name, so that a file of that name is always whole. What
    // is there and no file (a device, a named pipe) is written to as it is, and never replaced.
    static Result<DataSink> file(std::string path);

    DataSink(DataSink&& other) noexcept;
    DataSink(const DataSink&) = delete;
    DataSink& operator=(const DataSink&) = delete;
    DataSink& operator=(DataSink&&) = delete;
    ~DataSink();  // writes what is buffered as far as it can

    Result<void> write(std::string_view data);
    Result<void> flush();
    // Flushes and closes; the data is complete.
    Result<void> finish();

  private:
    DataSink(int descriptor, std::string path, bool in_place)
        : descriptor_(descriptor), path_(std::move(path)), in_place_(in_place) {}
    [[nodiscard]] Error write_error() const;

    int descriptor_;
    std::string path_;  // empty: standard output
    bool in_place_;     // written under its own name from the start
    std::string buffer_;
};

}  // namespace weir::cli
