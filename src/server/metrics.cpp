#include "server/metrics.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/version.h"
#include "server/process_usage.h"

namespace weir {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

constexpr std::array<std::string_view, 8> methods{"GET",    "HEAD",  "POST",    "PUT",
                                                  "DELETE", "PATCH", "OPTIONS", "other"};
constexpr std::array<std::string_view, 4> states{"ready", "draining", "disk-full",
                                                 "failed"};  // as Health says
constexpr std::array<unsigned, 21> statuses{200, 201, 204, 400, 401, 404, 405, 408, 409, 411, 413,
                                            415, 417, 422, 429, 431, 500, 501, 503, 505, 0};

const Histogram::BucketBoundaries request_seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const Histogram::BucketBoundaries commit_seconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                 0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};
const Histogram::BucketBoundaries sync_seconds = commit_seconds;
const Histogram::BucketBoundaries commit_batches{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

// The index of a value in a list whose last element stands for all others.
template <typename List, typename Value>
std::size_t index_in(const List& list, const Value& value) {
    const auto found = std::find(list.begin(), list.end() - 1, value);
    return static_cast<std::size_t>(found - list.begin());
}

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauges(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

RejectCounts count_rejects(const Batch& batch) {
    RejectCounts counts{};
    for (const DeadLetter& letter : batch.rejected)
        ++counts[static_cast<std::size_t>(letter.reason)];
    return counts;
}

// What one route counts. Counters of a method and status are made when they are first needed: most never are.
struct RouteMetrics {
    std::string path;
    Histogram* seconds = nullptr;
    std::array<std::atomic<Counter*>, methods.size() * statuses.size()> requests{};
};

struct Metrics::Impl {
    Registry registry;
    std::mutex rendering;  // readings are set and written out by one at a time

    Family<Counter>& requests = counters(registry, "weir_http_requests_total", "HTTP requests answered.");
    Family<Histogram>& seconds = histograms(registry, "weir_http_request_duration_seconds",
                                            "From the end of a request's body to its answer.");
    std::vector<std::unique_ptr<RouteMetrics>> routes;

    Family<Counter>& events =
        counters(registry, "weir_events_total", "Events received, by what became of them.");
    Counter& stored = events.Add({{"outcome", "stored"}});
    Counter& duplicates = events.Add({{"outcome", "duplicate"}});
    Counter& rejected = events.Add({{"outcome", "rejected"}});
    Counter& late = counters(registry, "weir_late_events_total",
                             "Events stored later than the allowed lateness after their time.")
                        .Add({});
    Counter& replays =
        counters(registry, "weir_replayed_batches_total", "Batches that were sent again.").Add({});
    std::array<Counter*, reject_reason_codes.size()> reasons{};

    Family<Counter>& bytes = counters(registry, "weir_ingest_bytes_total",
                                      "Bytes of event bodies: as they came, and after decompression.");
    Counter& wire_bytes = bytes.Add({{"form", "wire"}});
    Counter& text_bytes = bytes.Add({{"form", "text"}});

    Histogram& commit =
        histograms(registry, "weir_commit_duration_seconds", "One synced write of a group of batches.")
            .Add({}, commit_seconds);
    Histogram& sync =
        histograms(registry, "weir_fsync_duration_seconds", "One fsync of the store's log, part of a commit.")
            .Add({}, sync_seconds);
    Histogram& group = histograms(registry, "weir_commit_batches", "Batches that shared one synced write.")
                           .Add({}, commit_batches);
    Family<Counter>& ticks = counters(registry, "weir_aggregator_ticks_total", "Runs of the schedule.");
    Counter& ticks_done = ticks.Add({{"outcome", "done"}});
    Counter& ticks_failed = ticks.Add({{"outcome", "failed"}});
    Counter& rows =
        counters(registry, "weir_rows_written_total", "Scheduled rows written or rewritten.").Add({});

    Gauge& queue_batches =
        gauges(registry, "weir_queue_batches", "Batches taken and not yet committed.").Add({});
    Gauge& queue_bytes =
        gauges(registry, "weir_queue_bytes", "Bytes of the batches taken and not yet committed.").Add({});
    Gauge& queue_batches_max =
        gauges(registry, "weir_queue_capacity_batches", "The bound of weir_queue_batches.").Add({});
    Gauge& queue_bytes_max =
        gauges(registry, "weir_queue_capacity_bytes", "The bound of weir_queue_bytes.").Add({});
    Family<Gauge>& ledger =
        gauges(registry, "weir_ledger_events",
               "The ledger, kept across restarts: received = stored + duplicates + rejected.");
    Gauge& ledger_received = ledger.Add({{"outcome", "received"}});
    Gauge& ledger_stored = ledger.Add({{"outcome", "stored"}});
    Gauge& ledger_duplicates = ledger.Add({{"outcome", "duplicates"}});
    Gauge& ledger_rejected = ledger.Add({{"outcome", "rejected"}});
    Gauge& balanced = gauges(registry, "weir_ledger_balanced", "1 while the ledger balances.").Add({});
    Gauge& store_bytes = gauges(registry, "weir_store_bytes", "Bytes of the data folder.").Add({});
    Gauge& remembered_ids =
        gauges(registry, "weir_remembered_ids", "Event_ids held to tell events apart across batches.")
            .Add({});
    Gauge& lag =
        gauges(registry, "weir_window_lag_seconds", "From the end of the last scheduled row to now.").Add({});
    Gauge& slide =
        gauges(registry, "weir_window_slide_seconds", "How often a row is scheduled (--slide).").Add({});
    Gauge& size = gauges(registry, "weir_window_size_seconds", "Length of a window (--window).").Add({});
    Gauge& last_stored = gauges(registry, "weir_last_stored_timestamp_seconds",
                                "When events were last stored, Unix time; 0: none since the start.")
                             .Add({});
    Gauge& disk_free =
        gauges(registry, "weir_disk_free_bytes", "Bytes that may still be written to the data folder's disk.")
            .Add({});
    Gauge& disk_min_free = gauges(registry, "weir_disk_min_free_bytes",
                                  "Below this many free bytes no events are taken (--min-free).")
                               .Add({});
    Gauge& listeners = gauges(registry, "weir_live_listeners", "Open streams of /v1/live.").Add({});
    Family<Counter>& deliveries =
        counters(registry, "weir_webhook_deliveries_total", "Tries to push a row to the webhook's receiver.");
    Counter& webhook_delivered = deliveries.Add({{"outcome", "delivered"}});
    Counter& webhook_failed = deliveries.Add({{"outcome", "failed"}});
    Gauge& views_behind =
        gauges(registry, "weir_views_behind_blocks",
               "Blocks of stored events that the view that is furthest behind has not read yet.")
            .Add({});
    Gauge& webhook_pending =
        gauges(registry, "weir_webhook_pending_rows", "Rows not yet taken by the webhook's receiver.")
            .Add({});
    Gauge& connections = gauges(registry, "weir_http_connections", "Open connections.").Add({});
    Gauge& ready = gauges(registry, "weir_ready", "1 while events are taken.").Add({});
    Family<Gauge>& state = gauges(registry, "weir_state", "1 for the state that the server is in, else 0.");
    std::array<Gauge*, states.size()> in_state{};
    Gauge& resident = gauges(registry, "process_resident_memory_bytes", "Resident memory.").Add({});
    Gauge& descriptors = gauges(registry, "process_open_fds", "Open file descriptors.").Add({});
    Gauge& max_descriptors = gauges(registry, "process_max_fds", "The bound of process_open_fds.").Add({});
    Gauge& started =
        gauges(registry, "process_start_time_seconds", "When the process was started, Unix time.").Add({});
    Counter& cpu = counters(registry, "process_cpu_seconds_total", "User and system CPU time.").Add({});

    Impl() {
        Family<Counter>& family =
            counters(registry, "weir_rejected_events_total", "Events rejected, by reason.");
        for (std::size_t i = 0; i < reasons.size(); ++i)
            reasons[i] = &family.Add({{"reason", std::string(reject_reason_codes[i])}});
        for (std::size_t i = 0; i < states.size(); ++i)
            in_state[i] = &state.Add({{"state", std::string(states[i])}});
        gauges(registry, "weir_build_info", "The version of this build.")
            .Add({{"version", std::string(version())}})
            .Set(1);
    }

    void add_route(const std::string& path) {
        auto route = std::make_unique<RouteMetrics>();
        route->path = path;
        route->seconds = &seconds.Add({{"route", path}}, request_seconds);
        routes.push_back(std::move(route));
    }

    Counter& request_counter(RouteMetrics& route, std::string_view method, unsigned status) {
        const std::size_t m = index_in(methods, method);
        const std::size_t s = index_in(statuses, status);
        std::atomic<Counter*>& slot = route.requests[m * statuses.size() + s];
        if (Counter* known = slot.load(std::memory_order_acquire)) return *known;
        Counter& made = requests.Add({{"route", route.path},
                                      {"method", std::string(methods[m])},
                                      {"code", statuses[s] == 0 ? "other" : std::to_string(statuses[s])}});
        slot.store(&made, std::memory_order_release);  // Add gives the same counter for the same labels
        return made;
    }

    void set(const Readings& readings);
};

void Metrics::Impl::set(const Readings& readings) {
    const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
    queue_batches.Set(number(readings.queued_batches));
    queue_bytes.Set(number(readings.queued_bytes));
    ledger_received.Set(number(readings.ledger.received));
    ledger_stored.Set(number(readings.ledger.stored));
    ledger_duplicates.Set(number(readings.ledger.duplicates));
    ledger_rejected.Set(number(readings.ledger.rejected));
    balanced.Set(readings.ledger.balances() ? 1 : 0);
    store_bytes.Set(number(readings.store_bytes));
    remembered_ids.Set(number(readings.remembered_ids));
    connections.Set(number(readings.connections));
    webhook_delivered.Increment(number(readings.webhook.delivered) - webhook_delivered.Value());
    webhook_failed.Increment(number(readings.webhook.failed) - webhook_failed.Value());
    webhook_pending.Set(number(readings.webhook.pending));
    views_behind.Set(number(readings.views_behind));
    lag.Set(readings.window_lag_seconds);
    ready.Set(readings.ready ? 1 : 0);
    listeners.Set(number(readings.live_listeners));
    disk_free.Set(number(readings.disk_free_bytes));
    for (std::size_t i = 0; i < states.size(); ++i)
        in_state[i]->Set(states[i] == readings.state ? 1 : 0);
    const ProcessUsage usage = process_usage();
    resident.Set(number(usage.resident_bytes));
    descriptors.Set(number(usage.open_descriptors));
    max_descriptors.Set(number(usage.max_descriptors));
    started.Set(usage.started_seconds);
    cpu.Increment(std::max(0.0, usage.cpu_seconds - cpu.Value()));
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}

Metrics::~Metrics() = default;

void Metrics::set_routes(const std::vector<std::string>& routes) {
    for (const std::string& path : routes)
        impl_->add_route(path);
    impl_->add_route("other");
}

void Metrics::set_bounds(const Bounds& bounds) {
    const auto seconds = [](Duration d) { return std::chrono::duration<double>(d).count(); };
    impl_->queue_batches_max.Set(static_cast<double>(bounds.max_queued_batches));
    impl_->queue_bytes_max.Set(static_cast<double>(bounds.max_queued_bytes));
    impl_->disk_min_free.Set(static_cast<double>(bounds.min_free_bytes));
    impl_->size.Set(seconds(bounds.window_size));
    impl_->slide.Set(seconds(bounds.window_slide));
}

void Metrics::on_request(std::size_t route, std::string_view method, unsigned status, double seconds) {
    RouteMetrics& metrics = *impl_->routes[std::min(route, impl_->routes.size() - 1)];
    metrics.seconds->Observe(seconds);
    impl_->request_counter(metrics, method, status).Increment();
}

void Metrics::on_ingest_bytes(std::uint64_t wire, std::uint64_t text) {
    impl_->wire_bytes.Increment(static_cast<double>(wire));
    impl_->text_bytes.Increment(static_cast<double>(text));
}

void Metrics::on_verdict(const Verdict& verdict, const RejectCounts& rejects, Timestamp now) {
    if (verdict.replayed) {
        impl_->replays.Increment();
        impl_->duplicates.Increment(static_cast<double>(verdict.received));  // as in the ledger
        return;
    }
    if (verdict.stored > 0) {
        impl_->stored.Increment(static_cast<double>(verdict.stored));
        impl_->last_stored.Set(static_cast<double>(to_ms(now)) / 1000);
    }
    if (verdict.duplicates > 0) impl_->duplicates.Increment(static_cast<double>(verdict.duplicates));
    if (verdict.late > 0) impl_->late.Increment(static_cast<double>(verdict.late));
    if (verdict.rejected == 0) return;
    impl_->rejected.Increment(static_cast<double>(verdict.rejected));
    for (std::size_t i = 0; i < rejects.size(); ++i)
        if (rejects[i] > 0) impl_->reasons[i]->Increment(rejects[i]);
}

void Metrics::on_commit(double seconds, std::size_t batches) {
    impl_->commit.Observe(seconds);
    impl_->group.Observe(static_cast<double>(batches));
}

void Metrics::on_sync(double seconds) {
    impl_->sync.Observe(seconds);
}

void Metrics::on_tick(bool succeeded, std::size_t rows) {
    (succeeded ? impl_->ticks_done : impl_->ticks_failed).Increment();
    impl_->rows.Increment(static_cast<double>(rows));
}

std::string Metrics::render(const Readings& readings) {
    const std::lock_guard lock(impl_->rendering);
    impl_->set(readings);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
    return std::move(out).str();
}

}  // namespace weir
