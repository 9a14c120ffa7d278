#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir {

// The text of a file, pipe or standard input ("-"), read in large pieces: holds what was read and not yet
// consumed. Not thread-safe.
class InputBuffer {
  public:
    // Errors as RowSource says.
    static Result<InputBuffer> open(const std::string& path);
    ~InputBuffer();
    InputBuffer(InputBuffer&& other) noexcept;
    InputBuffer& operator=(InputBuffer&&) = delete;

    // What a person calls it: the path, or "standard input".
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string_view text() const { return std::string_view(buffer_).substr(begin_); }
    // No more will be added to text().
    [[nodiscard]] bool at_end() const { return at_end_; }
    // Reading never waits for a writer, and rewind() is possible.
    [[nodiscard]] bool is_file() const { return is_file_; }

    void consume(std::size_t bytes) { begin_ += bytes; }

    enum class Fill { more, nothing, end };
    // Reads one more piece (views of text() become invalid); waits for it at most so long, for ever without a
    // limit.
    Result<Fill> fill(std::optional<Duration> at_most);
    // Back to the start of a file.
    Result<void> rewind();

  private:
    InputBuffer(int fd, bool owned, bool is_file, std::string name);

    int fd_;
    bool owned_;
    bool is_file_;
    bool at_end_ = false;
    std::string name_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of text() in buffer_
};

}  // namespace weir
