#include "codec/line_protocol_events.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "codec/text_excerpt.h"

namespace weir {
namespace {

// Writes events one after the other into the same memory.
class PointWriter {
  public:
    PointWriter(const LineProtocolOptions& options, Timestamp now) : options_(options), now_(now) {}

    // False: its time is beyond what can be written.
    bool write(const LineProtocolReader& point) {
        const FineTime time = point.ticks() ? fine_time(*point.ticks(), options_.precision)
                                            : FineTime{now_.time_since_epoch().count(), 0};
        if (time.milliseconds < to_ms(min_timestamp) || time.milliseconds > to_ms(max_timestamp))
            return false;
        json_ = R"({"event_id":"lp_)";
        json_ += to_hex(identity(point, time));
        json_ += R"(","ts":")";
        append_rfc3339(json_, timestamp_from_ms(time.milliseconds));
        if (time.rest != 0) {
            json_.pop_back();  // the Z
            json_ += fmt::format("{:06}Z", time.rest);
        }
        json_ += "\",";
        json_ += point.members();
        json_ += '}';
        return true;
    }
    [[nodiscard]] std::string_view json() const { return json_; }

  private:
    Hash128 identity(const LineProtocolReader& point, const FineTime& time) {
        identity_ = point.ticks() ? fmt::format("{}.{}\n", time.milliseconds, time.rest)
                                  : fmt::format("{}\n{}\n", point.number(), options_.unique);
        identity_ += fmt::format("{}\n{}\n", options_.scope.size(), options_.scope);
        identity_ += point.content();
        return hash128(identity_);
    }

    const LineProtocolOptions& options_;
    Timestamp now_;
    std::string json_, identity_;
};

Rejection malformed(const LineProtocolReader& reader) {
    return {RejectReason::line_protocol_invalid,
            fmt::format("{} is no point: {}; measurement,tag=value field=value timestamp was expected",
                        excerpt(reader.line()), reader.problem())};
}

Rejection beyond_time(const LineProtocolReader& reader) {
    return {RejectReason::ts_invalid,
            fmt::format("the timestamp is {}; with this precision it lies outside the years 0000 to 9999",
                        reader.ticks().value_or(0))};
}

}  // namespace

Result<void> compose_line_protocol(std::string_view body, const LineProtocolOptions& options, Timestamp now,
                                   std::size_t max_line_bytes, ComposedEvents& events, bool& timeless) {
    LineProtocolReader reader(body);
    PointWriter writer(options, now);
    while (true) {
        const auto step = reader.next();
        if (step == LineProtocolReader::Step::end) return {};
        if (!events.begin_line()) return fail(events.error());
        const std::string_view line = reader.line();
        bool kept = true;
        if (line.size() > max_line_bytes)
            kept = events.reject_long(reader.number(), line);
        else if (step == LineProtocolReader::Step::malformed)
            kept = events.reject(reader.number(), malformed(reader), line);
        else if (!is_utf8(line))
            kept = events.reject(
                reader.number(),
                {RejectReason::invalid_utf8, fmt::format("{} holds bytes that are no UTF-8", excerpt(line))},
                line);
        else if (!writer.write(reader))
            kept = events.reject(reader.number(), beyond_time(reader), line);
        else
            kept = events.add(writer.json(), reader.number(), line);
        if (!kept) return fail(events.error());
        timeless = timeless || (step == LineProtocolReader::Step::point && !reader.ticks());
    }
}

}  // namespace weir
