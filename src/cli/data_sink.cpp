#include "cli/data_sink.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace weir::cli {
namespace {

constexpr std::size_t buffer_bytes = 64U << 10U;

std::string reason_of(int error) {
    return std::generic_category().message(error);
}

std::string partial(const std::string& path) {
    return path + ".partial";
}

}  // namespace

DataSink DataSink::standard_output() {
    return {STDOUT_FILENO, {}, true};
}

Result<DataSink> DataSink::file(std::string path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    const bool in_place = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    if (!in_place && std::filesystem::is_symlink(path, error)) {
        // What the link points to gets the data, and the link stays.
        const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
        if (!error) path = real.string();
    }
    const std::string opened = in_place ? path : partial(path);
    const int flags = O_WRONLY | O_CLOEXEC | (in_place ? 0 : O_CREAT | O_TRUNC);
    const int descriptor = ::open(opened.c_str(), flags, 0644);
    if (descriptor < 0)
        return fail(ErrorCode::io, "file-unwritable",
                    fmt::format("cannot write {}: {}", opened, reason_of(errno)),
                    "check the folder and its permissions");
    return DataSink(descriptor, std::move(path), in_place);
}

DataSink::DataSink(DataSink&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      in_place_(other.in_place_),
      buffer_(std::move(other.buffer_)) {
    other.buffer_.clear();
}

DataSink::~DataSink() {
    if (descriptor_ < 0) return;
    static_cast<void>(flush());
    if (descriptor_ != STDOUT_FILENO) ::close(descriptor_);
}

Error DataSink::write_error() const {
    if (path_.empty() && errno == EPIPE)
        return {ErrorCode::io, std::string(reader_gone), "standard output was closed", ""};
    const std::string where = path_.empty() ? "to standard output" : in_place_ ? path_ : partial(path_);
    return {ErrorCode::io, "write-failed", fmt::format("cannot write {}: {}", where, reason_of(errno)),
            "is the disk full?"};
}

Result<void> DataSink::write(std::string_view data) {
    buffer_ += data;
    if (buffer_.size() < buffer_bytes) return {};
    return flush();
}

Result<void> DataSink::flush() {
    std::size_t written = 0;
    while (written < buffer_.size()) {
        const ssize_t count = ::write(descriptor_, buffer_.data() + written, buffer_.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            buffer_.clear();
            return fail(write_error());
        }
        written += static_cast<std::size_t>(count);
    }
    buffer_.clear();
    return {};
}

Result<void> DataSink::finish() {
    if (Result<void> flushed = flush(); !flushed || path_.empty()) return flushed;
    const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
    if (!closed) return fail(write_error());
    if (!in_place_ && std::rename(partial(path_).c_str(), path_.c_str()) != 0) return fail(write_error());
    return {};
}

}  // namespace weir::cli
