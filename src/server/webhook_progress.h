#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"
#include "base/time.h"

namespace weir {

// How far rows were delivered, as it is kept in a file: {"delivered_until":ms,"as_of":n,"computed_at":ms}.
// Every row that ends up to `delivered_until` was delivered once, and in its newest form where that form has
// an as_of up to `as_of` and was computed before `computed_at`.
struct WebhookProgress {
    Timestamp delivered_until = min_timestamp;
    std::uint64_t as_of = 0;
    Timestamp computed_at = min_timestamp;
    bool operator==(const WebhookProgress&) const = default;
};

// Nothing where there is no file, or none that can be read (then a row may be delivered again, or those of
// the time before this start are not).
std::optional<WebhookProgress> read_webhook_progress(const std::filesystem::path& file);

// Replaces the file at once, or leaves it as it was; durable when it returns (ErrorCode::io).
Result<void> write_webhook_progress(const std::filesystem::path& file, const WebhookProgress& progress);

}  // namespace weir
