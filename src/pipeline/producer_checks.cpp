#include "pipeline/producer_checks.h"

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include <fmt/format.h>

#include "base/text.h"

namespace weir {
namespace {

tl::unexpected<Error> bad_option(std::string what, std::string expected) {
    return fail(ErrorCode::usage, "option-invalid", std::move(what), std::move(expected));
}

}  // namespace

Result<void> check(const ProducerOptions& options, const RowSource& source) {
    ProducerSequence parts;
    if (!parse_producer_sequence(format_event_id(options.run_id, 1), parts))
        return fail(ErrorCode::usage, "run-id-invalid",
                    fmt::format("'{}' is not a run id", printable(options.run_id)),
                    "use 1 to 64 letters, digits, '_' and '.'");
    if (options.rate && !(*options.rate > 0 && std::isfinite(*options.rate)))
        return bad_option(fmt::format("{} events a second is not a rate", *options.rate),
                          "give a rate above zero");
    if (options.batch_events == 0 || options.batch_bytes.count == 0)
        return bad_option("a batch of nothing cannot be sent",
                          "give batches at least one event and one byte");
    if (options.in_flight == 0 || options.in_flight > most_in_flight)
        return bad_option(fmt::format("{} batches in flight are not possible", options.in_flight),
                          fmt::format("give a number from 1 to {}", most_in_flight));
    if (options.format == LineFormat::csv && source.csv_header().empty())
        return fail(ErrorCode::usage, "format-unavailable",
                    "the input is NDJSON, which cannot be sent as CSV", "send it as JSON");
    return {};
}

std::string make_run_id() {
    constexpr std::string_view characters = "0123456789abcdefghijklmnopqrstuvwxyz";
    constexpr int length = 12;
    std::random_device random;
    std::uniform_int_distribution<std::size_t> pick(0, characters.size() - 1);
    std::string id = "r";
    for (int i = 0; i < length; ++i)
        id += characters[pick(random)];
    return id;
}

}  // namespace weir
