#pragma once

#include "base/result.h"

namespace weir::cli {

// What a command ends with. Documented in docs/cli.md; scripts rely on it.
enum ExitStatus : int {
    exit_done = 0,
    exit_no = 1,       // the answer is no: verification differs, events were rejected, there is no such row
    exit_usage = 2,    // a flag, argument or configuration value cannot be used
    exit_failed = 3,   // could not reach or do: network, disk, input/output
    exit_refused = 4,  // the server answered that it will not
    exit_interrupted = 130,  // stopped by SIGINT before it was done
    exit_terminated = 143,   // stopped by SIGTERM before it was done
};

// The status that an error ends a command with. Errors of the server's own (a refused token, an unaligned
// window) are exit_refused; a command turns what is wrong with its own arguments into ErrorCode::usage.
int exit_status_of(const Error& error);

// 128 + signal.
int exit_status_of_signal(int signal);

}  // namespace weir::cli
