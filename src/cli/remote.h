#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/values.h"
#include "http/client.h"
#include "store/remote_store.h"

namespace weir::cli {

constexpr std::string_view default_server = "http://127.0.0.1:8080";

// Where a command finds its server.
struct RemoteOptions {
    std::string server{default_server};
    std::string token_file;
    Duration timeout{30'000};

    // --server, --token-file and --timeout, under the title "Server".
    void declare(OptionTable& options);
    // --token-file and --timeout alone, for a command that names its server otherwise.
    void declare_access(OptionTable& options);

    [[nodiscard]] Result<http::Url> url() const;
    [[nodiscard]] Result<std::string> token(Console& console) const;  // empty without a file
    [[nodiscard]] http::ClientOptions client() const;
};

// Nothing is sent yet.
Result<std::unique_ptr<RemoteStore>> connect(const RemoteOptions& options, Console& console);

// What ends a proof that could not be carried out. A row that contradicts itself (its `updated` is not its
// window's end) is a finding, reported with exit_no, and not a failure to look.
Result<int> no_or_failure(const Error& error, Console& console);

// The time that was asked for, as an end of a window: a relative one is moved back to a multiple of `step`.
Timestamp aligned(const TimeArgument& time, Duration step);

}  // namespace weir::cli
