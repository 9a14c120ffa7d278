#include "pipeline/verifier_diagnosis.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "pipeline/verifier_edges.h"

namespace weir {
namespace {

constexpr std::size_t max_named_keys = 3;

std::string events(std::uint64_t count) {
    return fmt::format("{} event{}", count, count == 1 ? "" : "s");
}

// The keys on which the row has less than the raw events, and those on which it has more, with how many.
struct Shift {
    KeyCounts less, more;
    std::uint64_t less_total = 0, more_total = 0;
};

Shift shift_of(const Comparison& comparison) {
    Shift shift;
    for (const KeyDifference& d : comparison.keys) {
        if (d.actual < d.expected) {
            shift.less[d.key] = d.expected - d.actual;
            shift.less_total += d.expected - d.actual;
        } else {
            shift.more[d.key] = d.actual - d.expected;
            shift.more_total += d.actual - d.expected;
        }
    }
    return shift;
}

std::string name_keys(const KeyCounts& keys) {
    std::string text;
    std::size_t named = 0;
    for (const auto& [key, count] : keys) {
        if (named == max_named_keys) return text + fmt::format(" and {} more", keys.size() - named);
        text += fmt::format("{}'{}' ({})", named == 0 ? "" : ", ", key, count);
        ++named;
    }
    return text;
}

std::string describe(const NearEvent& event) {
    return fmt::format("{} ('{}') at {}", event.event_id, event.key, format_rfc3339(event.ts));
}

// Where the events of the run turn up that were not found at first.
struct SecondLook {
    SecondLook(const ProducedRun& produced, TimeRange window, Duration pane)
        : presence(produced), edges(window, pane) {}
    RunPresence presence;
    WindowEdges edges;
    std::uint64_t found = 0;         // of the missing
    std::optional<NearEvent> first;  // of those found
};

Result<SecondLook> look_again(StoreReader& store, const Evidence& evidence,
                              std::optional<std::uint64_t> as_of) {
    const TimeRange window = window_ending(evidence.row.window_end, evidence.window);
    SecondLook look(evidence.produced, window, evidence.window.pane);
    const TimeRange wide = cover(evidence.recount.scanned,
                                 {window.start - evidence.window.pane, window.end + evidence.window.pane});
    const auto end = store.scan({wide, as_of, std::nullopt}, [&](const EventView& event) {
        look.edges.note(event);
        ProducerSequence id;
        const bool ours = parse_producer_sequence(event.event_id, id) && id.run == evidence.produced.run_id &&
                          id.sequence >= 1 && id.sequence <= evidence.produced.events;
        if (ours && !evidence.recount.presence.met(id.sequence) && !look.presence.met(id.sequence)) {
            ++look.found;
            if (!look.first) look.first = NearEvent{std::string(event.event_id), event.ts, Key(event.key)};
        }
        look.presence.note(event);
        return Visit::next;
    });
    if (!end) return fail(end.error());
    return look;
}

std::string first_id(const std::vector<std::string>& ids) {
    return ids.empty() ? "?" : ids.front();
}

Result<std::string> cause_of_missing(StoreReader& store, const Evidence& evidence, const SecondLook& look) {
    const std::uint64_t missing = evidence.comparison.missing;
    if (look.first) {
        const TimeRange& window = look.edges.window;
        const bool below = look.first->ts < window.start;
        return fmt::format(
            "{} of the run moved across the {} edge of the window, {}: {} is outside, though it was produced "
            "inside; its time was altered on the way",
            events(look.found), below ? "lower" : "upper", format_rfc3339(below ? window.start : window.end),
            describe(*look.first));
    }
    const auto later = look_again(store, evidence, std::nullopt);
    if (!later) return fail(later.error());
    if (later->found > 0)
        return fmt::format(
            "the row's as_of ({}) is older than {} that had been acknowledged before the trigger ({} is "
            "stored "
            "by now): the aggregator named a position too old, or counted before it saw all that is durable",
            evidence.row.as_of, events(later->found), describe(*later->first));
    const bool counted = evidence.comparison.actual_total > evidence.comparison.expected_total;
    return fmt::format(
        "{} acknowledged but not in the store, the first is {}: data loss{}", events(missing),
        first_id(evidence.comparison.missing_ids),
        counted ? "; the row still counts more than there is, so they were lost after they were counted"
                : "; the row does not count them either, so they were lost before or with their counts");
}

std::string cause_of_doubled(const Comparison& comparison) {
    const bool counted_once = comparison.actual_total < comparison.expected_total;
    return fmt::format(
        "{} stored more than once, the first is {}: a retry was stored twice{}", events(comparison.doubled),
        first_id(comparison.doubled_ids),
        counted_once
            ? ", though counted once; the same event came again under another batch id, or the batch's "
              "marker was not written with its events"
            : " and counted twice; the batch's marker was not written with its events");
}

// Sums agree and keys do not: counted, but elsewhere.
std::string cause_of_moved(const Evidence& evidence, const Shift& shift) {
    std::string text =
        fmt::format("{} counted under another key: the raw events have more of {}, the row has more of {}",
                    events(shift.less_total), name_keys(shift.less), name_keys(shift.more));
    if (shift.less.size() != 1 || shift.more.size() != 1)
        return text + "; look at how the group-by field is read";
    const Key& raw_key = shift.less.begin()->first;
    const Key& row_key = shift.more.begin()->first;
    if (!evidence.row.counts.contains(raw_key) && !evidence.recount.counts.contains(row_key))
        text += fmt::format(
            "; '{}' is gone as a whole, so the key itself was altered (keys are data and must stay as they "
            "came)",
            raw_key);
    return text;
}

// Names the edges whose nearest events on one side are just those that differ, the nearer edge first. Empty:
// neither.
std::string edge_sentences(const TimeRange& window, const EdgeBand& lower, const EdgeBand& upper,
                           const char* side, const KeyCounts& wanted) {
    const auto sentence = [&](const char* edge, Timestamp at, const NearEvent& event) {
        return fmt::format(
            "; the nearest events {} the {} edge ({}) fit exactly, beginning with {}: look at how that edge "
            "is compared",
            side, edge, format_rfc3339(at), describe(event));
    };
    const auto at_lower = lower.match(wanted);
    const auto at_upper = upper.match(wanted);
    const std::string first = at_lower ? sentence("lower", window.start, *at_lower) : "";
    const std::string second = at_upper ? sentence("upper", window.end, *at_upper) : "";
    const bool upper_is_nearer =
        at_lower && at_upper && upper.distance(*at_upper) < lower.distance(*at_lower);
    return upper_is_nearer ? second + first : first + second;
}

std::string cause_of_less(const Evidence& evidence, const Shift& shift, const WindowEdges& edges) {
    std::string text = fmt::format("the row lacks {} that the raw events have: {}", events(shift.less_total),
                                   name_keys(shift.less));
    const bool dropped = std::all_of(shift.less.begin(), shift.less.end(), [&](const auto& entry) {
        return !evidence.row.counts.contains(entry.first);
    });
    if (dropped)
        text += fmt::format("; the row has no entry for {} at all, so whole keys were dropped",
                            shift.less.size() == 1 ? "it" : "them");
    const std::string at_edges = edge_sentences(edges.window, edges.first, edges.last, "inside", shift.less);
    if (!dropped && at_edges.empty())
        text +=
            evidence.has_positions
                ? "; they were aggregated before their panes were written, or the panes are out of step: run "
                  "`weir audit`"
                : "; a store function that fails between raw events and counts leaves them so until its "
                  "message "
                  "comes back (some minutes): look at its log, and verify again";
    return text + at_edges;
}

std::string cause_of_more(const Shift& shift, const WindowEdges& edges) {
    const std::string text = fmt::format("the row counts {} more than the raw events have: {}",
                                         events(shift.more_total), name_keys(shift.more));
    const std::string at_edges =
        edge_sentences(edges.window, edges.below, edges.above, "outside", shift.more);
    if (!at_edges.empty()) return text + at_edges;
    return text +
           "; every raw event is stored once, so they were counted twice and the panes are out of step: run "
           "`weir audit`";
}

std::string cause_of_counts(const Evidence& evidence, const WindowEdges& edges) {
    const Shift shift = shift_of(evidence.comparison);
    if (shift.less_total == shift.more_total) return cause_of_moved(evidence, shift);
    if (shift.more_total == 0) return cause_of_less(evidence, shift, edges);
    if (shift.less_total == 0) return cause_of_more(shift, edges);
    return fmt::format(
        "the row lacks {} ({}) and counts {} too many ({}): the panes are out of step: run `weir audit`",
        events(shift.less_total), name_keys(shift.less), events(shift.more_total), name_keys(shift.more));
}

}  // namespace

Result<std::string> likely_cause(StoreReader& store, const Evidence& evidence) {
    const Comparison& comparison = evidence.comparison;
    for (const RowFault& fault : evidence.faults)
        if (!fault.cause.empty()) return fault.cause;
    const auto look = look_again(store, evidence, evidence.row.as_of);
    if (!look) return fail(look.error());
    if (comparison.missing > 0) return cause_of_missing(store, evidence, *look);
    if (comparison.doubled > 0) return cause_of_doubled(comparison);
    if (!comparison.keys.empty()) return cause_of_counts(evidence, look->edges);
    if (comparison.problems.empty())
        return std::string(
            "the totals differ though every key agrees: the row was altered after it was counted");
    return comparison.problems.front();
}

}  // namespace weir
