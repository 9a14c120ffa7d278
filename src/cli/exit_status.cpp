#include "cli/exit_status.h"

namespace weir::cli {

int exit_status_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::usage:
            return exit_usage;
        case ErrorCode::invalid:
        case ErrorCode::unauthorized:
        case ErrorCode::not_found:
        case ErrorCode::conflict:
        case ErrorCode::too_large:
        case ErrorCode::unsupported:
        case ErrorCode::refused:
            return exit_refused;
        case ErrorCode::overloaded:
        case ErrorCode::unavailable:
        case ErrorCode::unreachable:
        case ErrorCode::storage:
        case ErrorCode::io:
        case ErrorCode::interrupted:
        case ErrorCode::internal:
            return exit_failed;
    }
    return exit_failed;
}

int exit_status_of_signal(int signal) {
    return 128 + signal;
}

}  // namespace weir::cli
