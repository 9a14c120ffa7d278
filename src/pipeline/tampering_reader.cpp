#include "pipeline/tampering_reader.h"

#include <algorithm>
#include <utility>

#include "base/json_string.h"

namespace weir {
namespace {

void replace_once(std::string& text, const std::string& from, const std::string& to) {
    if (const std::size_t at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
}

EventView view(const RawEvent& event) {
    return {event.event_id, event.ts, event.key, event.line};
}

}  // namespace

RawEvent own(const EventView& event) {
    return {std::string(event.event_id), event.ts, Key(event.key), std::string(event.line)};
}

RawEvent with_ts(RawEvent event, Timestamp ts) {
    replace_once(event.line, json_string(format_rfc3339(event.ts)), json_string(format_rfc3339(ts)));
    event.ts = ts;
    return event;
}

RawEvent with_key(RawEvent event, Key key) {
    replace_once(event.line, json_string(event.key), json_string(key));
    event.key = std::move(key);
    return event;
}

RawEvent with_id(RawEvent event, std::string event_id) {
    replace_once(event.line, json_string(event.event_id), json_string(event_id));
    event.event_id = std::move(event_id);
    return event;
}

TamperingReader::TamperingReader(StoreReader& inner, RawEvent victim, Falsification falsification)
    : inner_(inner), victim_(std::move(victim)), falsification_(std::move(falsification)) {}

Result<ScanEnd> TamperingReader::scan(const ScanRequest& request, const EventVisitor& visitor) {
    ScanRequest wide = request;  // the victim's new time may lie in the range though its true one does not
    wide.range = {std::min(request.range.start, victim_.ts),
                  std::max(request.range.end, victim_.ts + Duration{1})};
    const auto visit_each = [&](const std::vector<RawEvent>& events) {
        for (const RawEvent& event : events)
            if (request.range.contains(event.ts) && visitor(view(event)) == Visit::stop) return Visit::stop;
        return Visit::next;
    };
    auto end = inner_.scan(wide, [&](const EventView& event) {
        if (falsification_.victim && event.event_id == victim_.event_id)
            return visit_each(falsification_.victim(victim_));
        return request.range.contains(event.ts) ? visitor(event) : Visit::next;
    });
    if (end && !end->next && falsification_.extra) visit_each({*falsification_.extra});
    return end;
}

Result<std::optional<AggregateRow>> TamperingReader::falsify(Result<std::optional<AggregateRow>> row) const {
    if (!row || !*row) return row;
    if (falsification_.row_gone) return std::optional<AggregateRow>{};
    if (falsification_.row) falsification_.row(**row);
    return row;
}

}  // namespace weir
