#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace weir {

// What kind of thing went wrong. The kind alone decides the exit status of a command and the status of an
// HTTP answer.
enum class ErrorCode {
    usage,         // a flag, argument or configuration value cannot be used
    invalid,       // the input could not be read as what it claims to be
    unauthorized,  // no token, or the wrong one
    not_found,     // the thing asked for does not exist
    conflict,      // the same id with other content, or a resource held by somebody else
    too_large,     // over a documented limit
    unsupported,   // a media type, encoding or version that is not handled
    overloaded,    // a bounded queue is full: try again later
    unavailable,   // draining, starting, disk full: try again later
    unreachable,   // the other side could not be reached or did not answer
    refused,       // the other side answered that it will not
    storage,       // the disk failed: nothing further may be acknowledged
    io,            // a file or pipe could not be read or written
    interrupted,   // stopped by a signal or by a deadline
    internal,      // a bug in weir
};

// An error that a person can act on: `message` says what happened, where and what was expected, in one
// sentence without a final dot; `hint` says what to do about it (may be empty); `reason` is a stable
// kebab-case word for programs.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string reason;
    std::string message;
    std::string hint;
};

// A value or an Error. The value type of every function that can be expected to fail; exceptions cross no
// module's edge.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  public:
    using tl::expected<T, Error>::expected;
    Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

// `return fail(ErrorCode::io, "file-missing", "no such file: x.csv", "check the path");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string reason, std::string message,
                                  std::string hint = {}) {
    return tl::unexpected<Error>(Error{code, std::move(reason), std::move(message), std::move(hint)});
}

// `if (!result) return fail(std::move(result).error());`
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace weir
