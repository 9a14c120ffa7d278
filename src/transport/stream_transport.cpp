#include "transport/stream_transport.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir {
namespace {

constexpr int poll_milliseconds = 50;  // how long a cancelled write may go unnoticed
constexpr std::size_t pipe_piece = PIPE_BUF;

bool is_plain_file(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

tl::unexpected<Error> cannot_write(int error_number) {
    if (error_number == EPIPE)
        return fail(ErrorCode::io, "output-closed", "the program that reads the output has closed it");
    return fail(ErrorCode::io, "output-failed",
                fmt::format("cannot write the output: {}", std::system_category().message(error_number)),
                "check the disk or the program that reads the output");
}

Error cancelled_error() {
    return {ErrorCode::interrupted, "cancelled", "writing the output was stopped", {}};
}

}  // namespace

StreamSink::StreamSink(int fd, std::string csv_header)
    : fd_(fd), may_block_(!is_plain_file(fd)), csv_header_(std::move(csv_header)) {}

Result<void> StreamSink::write(std::string_view body, const std::atomic<bool>& cancelled) {
    const std::lock_guard lock(mutex_);
    if (cancelled) return fail(cancelled_error());
    if (failure_) return fail(*failure_);
    const bool has_header = !csv_header_.empty() && body.starts_with(csv_header_) &&
                            body.size() > csv_header_.size() && body[csv_header_.size()] == '\n';
    if (has_header && header_written_) body.remove_prefix(csv_header_.size() + 1);
    auto written = write_all(body, cancelled);
    header_written_ |= has_header;
    if (!written) failure_ = written.error();
    return written;
}

Result<void> StreamSink::write_all(std::string_view bytes, const std::atomic<bool>& cancelled) {
    while (!bytes.empty()) {
        if (cancelled) return fail(cancelled_error());
        if (may_block_) {
            pollfd poll_fd{fd_, POLLOUT, 0};
            const int ready = ::poll(&poll_fd, 1, poll_milliseconds);
            if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        }
        const std::size_t piece = may_block_ ? std::min(bytes.size(), pipe_piece) : bytes.size();
        const ssize_t count = ::write(fd_, bytes.data(), piece);
        if (count < 0 && errno != EINTR && errno != EAGAIN) return cannot_write(errno);
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Delivery StreamTransport::send(const OutgoingBatch& batch) {
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::refused;
    if (!batch.content_encoding.empty() && batch.content_type == "text/csv") {
        delivery.error = {ErrorCode::usage, "encoding-unavailable",
                          "compressed CSV cannot be written to one stream",
                          "write it uncompressed, or as JSON"};
        return delivery;
    }
    auto written = sink_->write(batch.body, cancelled_);
    if (written) {
        delivery.outcome = Delivery::Outcome::acknowledged;
        delivery.verdict.batch_id = batch.batch_id;
        delivery.verdict.received = delivery.verdict.stored = batch.events;
        return delivery;
    }
    delivery.error = std::move(written).error();
    if (delivery.error.code == ErrorCode::interrupted) delivery.outcome = Delivery::Outcome::retry;
    return delivery;
}

}  // namespace weir
