#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "aws/cloudformation.h"
#include "base/clock.h"
#include "base/json_string.h"
#include "base/text.h"
#include "cli/deployment.h"
#include "codec/json_rows.h"
#include "store/dynamo_store.h"
#include "window/window.h"

namespace weir::cli {
namespace {

constexpr Duration poll_every{500};
constexpr Duration patience{90'000};  // without another event of the run
constexpr std::string_view default_group_by = "County";

// What belongs to a deployment on AWS, by name.
struct Names {
    std::string events, aggregates;
    std::string to;        // sqs://… or kinesis://…
    std::string function;  // aggregate
    std::string group_by;
};

tl::unexpected<Error> no_name(std::string what, std::string hint) {
    return fail(ErrorCode::usage, "name-missing", std::move(what), std::move(hint));
}

Result<std::pair<std::string, std::string>> parse_tables(const std::string& url) {
    constexpr std::string_view scheme = "dynamodb://";
    const std::size_t slash = url.find('/', scheme.size());
    if (!url.starts_with(scheme) || slash == std::string::npos || slash == scheme.size() ||
        slash + 1 == url.size() || url.find('/', slash + 1) != std::string::npos)
        return fail(ErrorCode::usage, "store-invalid",
                    fmt::format("--store: '{}' names no two tables", printable(url)),
                    "write dynamodb://EVENTS_TABLE/AGGREGATES_TABLE");
    return std::pair(url.substr(scheme.size(), slash - scheme.size()), url.substr(slash + 1));
}

class AwsDeployment final : public Deployment {
  public:
    AwsDeployment(std::unique_ptr<AwsAccess> access, Names names)
        : access_(std::move(access)), names_(std::move(names)) {}

    Result<StoreReader*> store() override {
        if (!reader_) {
            Result<DynamoReader> opened =
                open_dynamo_reader(access_->dynamodb(), names_.events, names_.aggregates, system_clock());
            if (!opened) return fail(std::move(opened).error());
            reader_ = *std::move(opened);
        }
        return reader_->store.get();
    }

    Result<DeploymentFacts> facts() override {
        if (Result<StoreReader*> opened = store(); !opened) return fail(std::move(opened).error());
        const StoreIdentity& identity = reader_->identity;
        return DeploymentFacts{identity.group_by, identity.view, identity.window, reader_->retention,
                               system_clock().now()};
    }

    Result<std::string> group_by() override {
        Result<StoreReader*> opened = store();
        if (opened) return reader_->identity.group_by;
        if (opened.error().reason != "store-empty") return fail(std::move(opened).error());
        return names_.group_by;  // the first batch ever makes the store what it is
    }

    Result<AggregateRow> aggregate(const std::string& run_id, std::optional<Timestamp> at) override {
        if (names_.function.empty())
            return no_name("which function aggregates is not known",
                           "give --aws --stack NAME, or --function NAME");
        std::string payload = "{\"test_run_id\":" + json_string(run_id);
        if (at) payload += ",\"at\":\"" + format_rfc3339(*at) + "\"";
        payload += "}";
        Result<std::string> answer = access_->functions().invoke(names_.function, payload);
        if (!answer) return fail(std::move(answer).error());
        return aggregate_row_from_json(*answer);
    }

    Result<AggregateRow> live(std::optional<Timestamp> at) override {
        Result<DeploymentFacts> known = facts();
        if (!known) return fail(std::move(known).error());
        const Timestamp end = at.value_or(align_up(known->now + Duration{1}, known->window.pane));
        const TimeRange window = window_ending(end, known->window);
        Result<WindowCounts> counts = reader_->store->window_counts(window);
        if (!counts) return fail(std::move(counts).error());
        AggregateRow row;
        row.view = known->view;
        row.window_start = window.start;
        row.window_end = window.end;
        row.total = counts->total;
        row.counts = std::move(counts->counts);
        row.late = counts->late;
        row.final = known->now >= end + known->window.lateness;
        row.computed_at = known->now;
        row.as_of = counts->as_of;
        return row;
    }

    Result<Producer::MakeTransport> transports(ProducerOptions& options) override {
        if (names_.to.empty())
            return no_name("where events are sent to is not known",
                           "give --aws --stack NAME, or --to sqs://QUEUE or kinesis://STREAM");
        fit_into_messages(names_.to, options);
        return access_->transports(names_.to);
    }

    Result<std::uint64_t> wait_stored(const ProducedRun& run,
                                      const std::function<void(std::uint64_t)>& progress) override {
        Clock& clock = system_clock();
        std::uint64_t stored = 0;
        SteadyTime deadline = clock.steady_now() + patience;
        for (;;) {
            Result<std::uint64_t> now = stored_events(run);
            if (!now && now.error().reason != "store-empty") return now;
            if (now && *now > stored) {
                stored = *now;
                progress(stored);
                deadline = clock.steady_now() + patience;
            }
            const Result<bool> counted = stored >= run.events ? counts_agree(run) : Result<bool>(false);
            if (!counted) return fail(counted.error());
            if (*counted || clock.steady_now() >= deadline) return stored;
            clock.sleep_until(clock.steady_now() + poll_every);
        }
    }

  private:
    // Whether the counts of the run's panes have caught up with their raw events, which are written first: a
    // function that died between the two leaves them behind until its message comes back.
    Result<bool> counts_agree(const ProducedRun& run) {
        const WindowSpec& window = reader_->identity.window;
        const TimeRange panes{pane_of(run.first_ts, window), pane_of(run.last_ts, window) + window.pane};
        const Result<WindowCounts> counts = reader_->store->window_counts(panes);
        if (!counts) return fail(counts.error());
        std::uint64_t raw = 0;
        const Result<ScanEnd> end = reader_->store->scan({panes, {}, {}}, [&raw](const EventView&) {
            ++raw;
            return Visit::next;
        });
        if (!end) return fail(end.error());
        return raw == counts->total;
    }

    Result<std::uint64_t> stored_events(const ProducedRun& run) {
        Result<StoreReader*> reader = store();
        if (!reader) return fail(std::move(reader).error());
        std::uint64_t events = 0;
        const TimeRange produced{run.first_ts, run.last_ts + Duration{1}};
        const Result<ScanEnd> end = (*reader)->scan({produced, {}, {}}, [&](const EventView& event) {
            ProducerSequence id;
            if (parse_producer_sequence(event.event_id, id) && id.run == run.run_id) ++events;
            return Visit::next;
        });
        if (!end) return fail(end.error());
        return events;
    }

    std::unique_ptr<AwsAccess> access_;
    Names names_;
    std::optional<DynamoReader> reader_;
};

Result<Names> names_of(AwsAccess& access, const DeploymentOptions& options) {
    Result<std::map<std::string, std::string>> outputs = outputs_of(access, options);
    if (!outputs) return fail(std::move(outputs).error());
    auto output = [&outputs](const char* name) { return (*outputs)[name]; };
    Names names{output("EventsTable"), output("AggregatesTable"), options.to,
                options.function.empty() ? output("AggregateFunction") : options.function, output("GroupBy")};
    if (names.group_by.empty()) names.group_by = default_group_by;
    if (names.to.empty() && !output("StreamName").empty()) names.to = "kinesis://" + output("StreamName");
    if (names.to.empty() && !output("QueueUrl").empty()) names.to = "sqs://" + output("QueueUrl");
    if (!options.store.empty()) {
        Result<std::pair<std::string, std::string>> tables = parse_tables(options.store);
        if (!tables) return fail(std::move(tables).error());
        std::tie(names.events, names.aggregates) = *std::move(tables);
    }
    if (names.events.empty() || names.aggregates.empty())
        return no_name(
            fmt::format("the stack '{}' has no outputs EventsTable and AggregatesTable", options.stack),
            "see whether it is one that script/deploy has made, or give --store "
            "dynamodb://EVENTS/AGGREGATES");
    return names;
}

}  // namespace

Result<std::map<std::string, std::string>> outputs_of(AwsAccess& access, const DeploymentOptions& options) {
    if (!options.on_aws) return std::map<std::string, std::string>();
    Result<std::map<std::string, std::string>> outputs = aws::stack_outputs(access.caller(), options.stack);
    if (!outputs && outputs.error().code == ErrorCode::not_found)
        outputs.error().hint =
            fmt::format("name yours with --stack, check the region ({}), or make it: script/deploy",
                        access.caller().region());
    return outputs;
}

Result<std::unique_ptr<Deployment>> open_aws_deployment(const DeploymentOptions& options) {
    if (!options.to.empty() && !is_aws_address(options.to))
        return fail(ErrorCode::usage, "to-invalid",
                    fmt::format("--to: '{}' is no queue or stream", printable(options.to)),
                    "write sqs://QUEUE or kinesis://STREAM");
    Result<std::unique_ptr<AwsAccess>> access = AwsAccess::open(options.aws);
    if (!access) return fail(std::move(access).error());
    Result<Names> names = names_of(**access, options);
    if (!names) return fail(std::move(names).error());
    return std::make_unique<AwsDeployment>(*std::move(access), *std::move(names));
}

}  // namespace weir::cli
