#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "pipeline/tampering_reader.h"
#include "pipeline/verifier.h"

namespace weir {
namespace {

// What the falsifications need to know of the truth.
struct Scene {
    WindowSpec window;
    TimeRange range;  // of the window that is verified
    RawEvent victim;  // an event of the run, in the window
    Key other;        // another key than the victim's
    bool has_positions = true;
};

// One way to lie, and the words without which its diagnosis would send a person the wrong way.
struct Case {
    std::string name;
    std::vector<std::string> words;
    Falsification lie;
    std::function<void(AggregateRow&)> answer;  // what becomes of the trigger's own answer
};

void add(AggregateRow& row, const Key& key) {
    ++row.counts[key];
    ++row.total;
}

void take(AggregateRow& row, const Key& key) {
    const auto found = row.counts.find(key);
    if (found == row.counts.end()) return;
    if (--found->second == 0) row.counts.erase(found);
    --row.total;
}

// A spelling that somebody might think better: "Rensselear" becomes "Rensselaer".
Key respelled(const Key& key) {
    Key other = key;
    if (other.size() >= 3) std::swap(other[other.size() - 3], other[other.size() - 2]);
    const bool ascii = std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return ascii && other != key ? other : key + "x";
}

Key key_to_rename(const AggregateRow& row) {
    if (row.counts.contains("Rensselear")) return "Rensselear";
    return row.counts.empty() ? Key{} : row.counts.begin()->first;
}

void rename_key(AggregateRow& row) {
    const Key key = key_to_rename(row);
    const auto found = row.counts.find(key);
    if (found == row.counts.end()) return;
    const std::uint64_t count = found->second;
    row.counts.erase(found);
    row.counts[respelled(key)] += count;
}

void drop_key(AggregateRow& row) {
    if (row.counts.empty()) return;
    row.total -= row.counts.begin()->second;
    row.counts.erase(row.counts.begin());
}

void shift(AggregateRow& row, Duration by) {
    row.window_start += by;
    row.window_end += by;
}

using Replace = std::function<std::vector<RawEvent>(const RawEvent&)>;

Case raw_case(std::string name, std::vector<std::string> words, Replace replace) {
    Case result{std::move(name), std::move(words), {}, {}};
    result.lie.victim = std::move(replace);
    return result;
}

Case extra_case(std::string name, std::vector<std::string> words, RawEvent extra) {
    Case result{std::move(name), std::move(words), {}, {}};
    result.lie.extra = std::move(extra);
    return result;
}

// The row is falsified alike in the trigger's answer and where it is stored, so that they agree.
Case row_case(std::string name, std::vector<std::string> words, std::function<void(AggregateRow&)> alter) {
    Case result{std::move(name), std::move(words), {}, alter};
    result.lie.row = std::move(alter);
    return result;
}

std::vector<Case> raw_cases(const Scene& scene) {
    const TimeRange range = scene.range;
    // The store may hold nothing outside the window, so a made-up neighbour stands in for the event that is
    // moved in: the answer that verification gets is the same.
    const RawEvent neighbour = with_id(scene.victim, "neighbour-" + scene.victim.event_id + "x");
    return {
        raw_case("an event lost from the raw events", {"data loss", scene.victim.event_id},
                 [](const RawEvent&) { return std::vector<RawEvent>{}; }),
        raw_case("an event doubled in the raw events", {"stored twice", scene.victim.event_id},
                 [](const RawEvent& event) {
                     return std::vector{event, event};
                 }),
        raw_case(
            "an event moved to another key in the raw events", {"another key", scene.victim.key, scene.other},
            [other = scene.other](const RawEvent& event) { return std::vector{with_key(event, other)}; }),
        raw_case("an event moved out across the lower edge", {"lower edge", scene.victim.event_id},
                 [at = range.start - Duration{1}](const RawEvent& event) {
                     return std::vector{with_ts(event, at)};
                 }),
        raw_case("an event moved out across the upper edge", {"upper edge", scene.victim.event_id},
                 [at = range.end](const RawEvent& event) { return std::vector{with_ts(event, at)}; }),
        extra_case("an event moved in across the lower edge", {"lacks 1 event", "lower edge"},
                   with_ts(neighbour, range.start)),
        extra_case("an event moved in across the upper edge", {"lacks 1 event", "upper edge"},
                   with_ts(neighbour, range.end - Duration{1})),
    };
}

std::vector<Case> count_cases(const Scene& scene) {
    const Key key = scene.victim.key;
    return {
        row_case("an event lost from the row", {"the row lacks 1 event", key},
                 [key](AggregateRow& row) { take(row, key); }),
        row_case("an event doubled in the row", {"the row counts 1 event more", key},
                 [key](AggregateRow& row) { add(row, key); }),
        row_case("an event moved to another key in the row", {"another key", key, scene.other},
                 [key, other = scene.other](AggregateRow& row) { take(row, key), add(row, other); }),
        row_case("a total that is not the sum of the counts", {"total is not the sum"},
                 [](AggregateRow& row) { ++row.total; }),
        row_case("a county dropped from the row", {"no entry for"}, drop_key),
        row_case("a county renamed on the row", {"another key", "altered"}, rename_key),
    };
}

std::vector<Case> identity_cases(const Scene& scene) {
    Case changed{"a row other than the one that was answered", {"is not the row that was answered"}, {}, {}};
    changed.lie.row = [key = scene.victim.key](AggregateRow& row) { take(row, key); };
    Case gone{"a row that was answered but not stored", {"stored nothing"}, {}, {}};
    gone.lie.row_gone = true;
    std::vector<Case> cases{
        row_case("an `updated` wrong by a pane", {"`updated` is off by"},
                 [pane = scene.window.pane](AggregateRow& row) { shift(row, -pane); }),
        row_case("an `updated` wrong by a millisecond", {"`updated` is off by +1 ms"},
                 [](AggregateRow& row) { shift(row, Duration{1}); }),
        row_case("the row of another run", {"another run"},
                 [](AggregateRow& row) { row.run_id += "-other"; }),
        std::move(changed),
        std::move(gone),
    };
    // Where commits have no positions, as_of is only a time: the counts themselves are what can be wrong.
    if (scene.has_positions)
        cases.push_back(row_case("an `as_of` that is too old", {"as_of", "older"},
                                 [](AggregateRow& row) { row.as_of = 0; }));
    return cases;
}

// Looks at the truth once: the middle one of the run's events that are in the window, and another key.
Result<Scene> set_scene(const VerifyTarget& target, const ProducedRun& produced) {
    Scene scene;
    scene.window = target.window;
    scene.has_positions = target.store.has_positions();
    scene.range = window_ending(align_up(produced.last_ts + Duration{1}, target.window.pane), target.window);
    const std::string wanted = format_event_id(produced.run_id, produced.events - produced.events / 2);
    bool found = false;
    Key another;
    const auto end =
        target.store.scan({scene.range, std::nullopt, std::nullopt}, [&](const EventView& event) {
            if (event.event_id == wanted ||
                (!found && event.event_id == format_event_id(produced.run_id, produced.events))) {
                scene.victim = own(event);
                found = true;
            }
            if (scene.other.empty())
                scene.other = event.key;
            else if (another.empty() && event.key != scene.other)
                another = event.key;
            return Visit::next;
        });
    if (!end) return fail(end.error());
    if (!found)
        return fail(ErrorCode::not_found, "run-not-stored",
                    fmt::format("no event of run {} is in its window", produced.run_id),
                    "the self test falsifies the answers about events that are stored: verify the run first");
    if (scene.other == scene.victim.key) scene.other = another.empty() ? Key("Elsewhere") : another;
    return scene;
}

TamperOutcome judge(const Case& kind, const Comparison& comparison) {
    TamperOutcome outcome{kind.name, !comparison.passed(), comparison.likely_cause};
    if (!outcome.caught) outcome.diagnosis = "nothing was noticed";
    for (const std::string& word : kind.words) {
        if (!outcome.caught || comparison.likely_cause.find(word) != std::string::npos) continue;
        outcome.caught = false;
        outcome.diagnosis = fmt::format("noticed, but the diagnosis does not speak of \"{}\": {}", word,
                                        comparison.likely_cause);
    }
    return outcome;
}

Result<TamperOutcome> run_case(const VerifyTarget& target, const ProducedRun& produced, const Scene& scene,
                               const Case& kind, const std::string& run_id, Clock& clock) {
    TamperingReader reader(target.store, scene.victim, kind.lie);
    const auto aggregate = [&](const std::string& id, Timestamp at) {
        auto row = target.aggregate(id, at);
        if (row && kind.answer) kind.answer(*row);
        return row;
    };
    const auto report = verify_run({reader, aggregate, target.window}, produced, run_id, clock, {});
    if (!report) return fail(report.error());
    return judge(kind, report->comparison);
}

// A verification that objects to everything would catch every lie: the truth must pass.
Result<TamperOutcome> run_control(const VerifyTarget& target, const ProducedRun& produced,
                                  const std::string& run_id, Clock& clock) {
    const auto report = verify_run(target, produced, run_id, clock, {});
    if (!report) return fail(report.error());
    const bool passed = report->comparison.passed();
    return TamperOutcome{"nothing falsified: must pass", passed,
                         passed ? "passes" : "does not pass: " + report->comparison.likely_cause};
}

}  // namespace

Result<std::vector<TamperOutcome>> verify_self_test(const VerifyTarget& target, const ProducedRun& produced,
                                                    Clock& clock) {
    const auto name = [&, number = 0]() mutable {
        return fmt::format("{}-self-test-{}", produced.run_id, ++number);
    };
    std::vector<TamperOutcome> outcomes;
    const auto keep = [&](const Result<TamperOutcome>& outcome) -> Result<void> {
        if (!outcome) return fail(outcome.error());
        outcomes.push_back(*outcome);
        return {};
    };
    auto next = name;
    if (auto kept = keep(run_control(target, produced, next(), clock)); !kept) return fail(kept.error());
    const auto scene = set_scene(target, produced);
    if (!scene) return fail(scene.error());
    for (const auto& cases : {raw_cases(*scene), count_cases(*scene), identity_cases(*scene)})
        for (const Case& kind : cases)
            if (auto kept = keep(run_case(target, produced, *scene, kind, next(), clock)); !kept)
                return fail(kept.error());
    return outcomes;
}

}  // namespace weir
