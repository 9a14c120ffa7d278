#include "codec/input_buffer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t piece_bytes = 1U << 20U;

std::string why(int error_number) {
    return std::system_category().message(error_number);
}

tl::unexpected<Error> cannot_open(const std::string& path, int error_number) {
    const std::string name = printable(path);
    if (error_number == ENOENT || error_number == ENOTDIR)
        return fail(ErrorCode::usage, "file-missing", fmt::format("no such file: {}", name),
                    "check the path, or give - to read standard input");
    return fail(ErrorCode::io, "file-unreadable", fmt::format("cannot open {}: {}", name, why(error_number)),
                "check that the file may be read by this user");
}

}  // namespace

Result<InputBuffer> InputBuffer::open(const std::string& path) {
    const bool standard_input = path == "-";
    const int fd = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot_open(path, errno);
    struct stat status {};
    const bool known = ::fstat(fd, &status) == 0;
    InputBuffer input(fd, !standard_input, known && S_ISREG(status.st_mode) && !standard_input,
                      standard_input ? "standard input" : printable(path));
    if (!known) return cannot_open(path, errno);
    if (S_ISDIR(status.st_mode))
        return fail(ErrorCode::usage, "file-is-directory",
                    fmt::format("{} is a directory; a CSV or NDJSON file was expected", input.name()),
                    "name one file in it");
    return input;
}

InputBuffer::InputBuffer(int fd, bool owned, bool is_file, std::string name)
    : fd_(fd), owned_(owned), is_file_(is_file), name_(std::move(name)) {}

InputBuffer::InputBuffer(InputBuffer&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      is_file_(other.is_file_),
      at_end_(other.at_end_),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_) {}

InputBuffer::~InputBuffer() {
    if (owned_) ::close(fd_);
}

Result<InputBuffer::Fill> InputBuffer::fill(std::optional<Duration> at_most) {
    if (at_end_) return Fill::end;
    if (!is_file_) {
        pollfd poll_fd{fd_, POLLIN, 0};
        constexpr std::int64_t longest_wait = 60'000;
        const int wait =
            at_most ? static_cast<int>(std::clamp<std::int64_t>(at_most->count(), 0, longest_wait)) : -1;
        const int ready = ::poll(&poll_fd, 1, wait);
        if (ready == 0 || (ready < 0 && errno == EINTR)) return Fill::nothing;
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    const std::size_t held = buffer_.size();
    buffer_.resize(held + piece_bytes);
    const ssize_t count = ::read(fd_, buffer_.data() + held, piece_bytes);
    const int error_number = errno;
    buffer_.resize(held + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count > 0) return Fill::more;
    if (count == 0) {
        at_end_ = true;
        return Fill::end;
    }
    if (error_number == EINTR || error_number == EAGAIN) return Fill::nothing;
    return fail(ErrorCode::io, "file-unreadable", fmt::format("cannot read {}: {}", name_, why(error_number)),
                "check the disk, or the program that writes into the pipe");
}

Result<void> InputBuffer::rewind() {
    if (::lseek(fd_, 0, SEEK_SET) != 0)
        return fail(ErrorCode::io, "file-unreadable",
                    fmt::format("cannot go back to the start of {}: {}", name_, why(errno)),
                    "copy it to a plain file");
    buffer_.clear();
    begin_ = 0;
    at_end_ = false;
    return {};
}

}  // namespace weir
