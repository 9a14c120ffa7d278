#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace weir {

// Reads the parameters of a query string. Every error is ErrorCode::invalid ("query-invalid") and names the
// parameter.
class Query {
  public:
    explicit Query(const http::QueryParameters& parameters) : parameters_(parameters) {}

    // Fails for a parameter that is not among `known` or stands twice: a typing error must not widen a query.
    // A known name that ends in '*' is one that may repeat.
    [[nodiscard]] Result<void> check(std::span<const std::string_view> known) const;

    [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> texts(std::string_view name) const;  // in their order
    [[nodiscard]] Result<std::optional<Timestamp>> time(std::string_view name) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t least,
                                                              std::uint64_t most) const;
    // from and to. `required`: both must be there; else an absent one is the beginning or the end of time.
    [[nodiscard]] Result<TimeRange> range(bool required) const;

  private:
    const http::QueryParameters& parameters_;
};

// A time in a path or body: as a query parameter, with the name that the error gives it.
Result<Timestamp> read_time(std::string_view name, std::string_view text);

}  // namespace weir
