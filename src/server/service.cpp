#include "server/service.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "base/version.h"
#include "event/group_by.h"
#include "pipeline/aggregator.h"
#include "pipeline/view_feed.h"
#include "server/api.h"
#include "server/disk_guard.h"
#include "server/health.h"
#include "server/repeater.h"
#include "store/rocks_store.h"
#include "store/view_store.h"

namespace weir {
namespace {

constexpr Duration look_pause{std::chrono::seconds{1}};             // of the schedule and of the disk
constexpr Duration drop_pause{std::chrono::minutes{1}};             // between two runs of retention
constexpr Duration view_pause{std::chrono::milliseconds{250}};      // of the views
constexpr std::string_view views_folder = "views";                  // in the data folder
constexpr std::string_view webhook_progress_file = "webhook.json";  // in the data folder
constexpr Duration rewrite_grace{
    std::chrono::minutes{10}};  // an event at the edge of retention still gets its rows

// Rows are kept right for as long as their events may come, and panes for as long as a row is counted from
// them.
Duration rows_kept(const ServiceOptions& options) {
    return options.events.retention + rewrite_grace;
}
Duration data_kept(const ServiceOptions& options) {
    Duration longest = options.window.size;
    for (const ViewSpec& view : options.views)
        longest = std::max(longest, view.window.size);
    return rows_kept(options) + longest + options.events.future_skew + rewrite_grace;
}

Aggregator::Options aggregator_options(const ServiceOptions& options) {
    Aggregator::Options out;
    out.view = view_name(options.group_by, options.window);
    out.window = options.window;
    out.retention = rows_kept(options);
    return out;
}

// The decoders have the ids at hand, so that the store need not read the lines again.
ServiceOptions with_ids_hashed(ServiceOptions options) {
    options.events.hash_foreign_ids = options.deduplicate_ids > Duration::zero();
    return options;
}

RocksOptions store_options(const ServiceOptions& options, std::function<void(double)> on_sync) {
    RocksOptions out;
    out.folder = options.data_folder;
    out.identity.group_by = options.group_by;
    out.identity.view = view_name(options.group_by, options.window);
    out.identity.window = options.window;
    out.hot_range = std::max(out.hot_range, 2 * options.window.size);
    out.zstd_level = options.zstd_level;
    out.deduplicate_ids = options.deduplicate_ids;
    out.deduplicate_ids_max = options.deduplicate_ids_max;
    out.on_sync = std::move(on_sync);
    return out;
}

}  // namespace

struct Service::Impl {
    const ServiceOptions options;
    Clock& clock;
    const std::function<void(const Error&)> on_failure;
    Health health;
    // In the order in which one stands on the other; taken down from the end.
    std::unique_ptr<Store> store;
    std::unique_ptr<Aggregator> aggregator;
    std::unique_ptr<Ingestor> ingestor;
    std::unique_ptr<Webhook> webhook;
    std::unique_ptr<ViewStore> view_store;  // null, as what follows: there are no views
    std::unique_ptr<ViewFeed> views;
    std::unique_ptr<Api> api;
    std::unique_ptr<http::Server> server;
    std::unique_ptr<DiskGuard> disk_guard;
    std::unique_ptr<Repeater> disk_watch;
    std::unique_ptr<Repeater> schedule;
    std::unique_ptr<Repeater> view_schedule;
    std::uint16_t port = 0;
    Timestamp next_drop;
    bool drained = false;

    Impl(ServiceOptions o, Clock& c, std::function<void(const Error&)> f)
        : options(with_ids_hashed(std::move(o))), clock(c), on_failure(std::move(f)) {}

    std::mutex sync_mutex;  // guards sync_metrics: the store's threads outlive the Api that holds it
    Metrics* sync_metrics = nullptr;

    void count_syncs_in(Metrics* metrics) {
        const std::lock_guard lock(sync_mutex);
        sync_metrics = metrics;
    }
    void on_sync(double seconds) {
        const std::lock_guard lock(sync_mutex);
        if (sync_metrics != nullptr) sync_metrics->on_sync(seconds);
    }
    void failed(const Error& error);
    void check(const Result<void>& done, std::string_view what);
    void run_schedule();
    void start_schedule();
    Result<void> open();
    Result<void> open_views();
    Result<void> listen();
};

void Service::Impl::failed(const Error& error) {
    if (!health.set_failed(error)) return;
    log(LogLevel::error, "the store has failed: nothing more is accepted",
        {{"reason", error.reason}, {"error", error.message}});
    if (on_failure) on_failure(error);
}

void Service::Impl::check(const Result<void>& done, std::string_view what) {
    if (done) return;
    if (done.error().code == ErrorCode::storage) return failed(done.error());
    log(LogLevel::error, what, {{"reason", done.error().reason}, {"error", done.error().message}});
}

void Service::Impl::run_schedule() {
    const auto rows = aggregator->tick();
    api->metrics().on_tick(rows.has_value(), rows.value_or(0));
    check(rows ? Result<void>{} : Result<void>(fail(rows.error())),
          "rows could not be written; the next tick tries again");
    if (clock.now() < next_drop) return;
    next_drop = clock.now() + drop_pause;
    check(store->drop_before(clock.now() - data_kept(options)), "old data could not be dropped");
    if (views) check(views->drop_before(clock.now() - data_kept(options)), "old views could not be dropped");
}

Result<void> Service::Impl::open() {
    if (auto valid = validate(options.window); !valid) return valid;
    if (!options.webhook.url.empty())
        if (auto target = parse_webhook_url(options.webhook.url); !target)
            return fail(std::move(target).error());
    auto opened =
        open_rocks_store(store_options(options, [this](double seconds) { on_sync(seconds); }), clock);
    if (!opened) return fail(std::move(opened).error());
    store = std::move(*opened);
    Aggregator::Options scheduled = aggregator_options(options);
    scheduled.on_row = [this](const AggregateRow& row) {
        if (webhook) webhook->on_row(row);
    };
    aggregator = std::make_unique<Aggregator>(*store, clock, std::move(scheduled));
    // Before the first event, so that no window after this one can be missed.
    if (auto rows = aggregator->tick(); !rows) return fail(std::move(rows).error());
    ingestor = std::make_unique<Ingestor>(*store, options.ingestor, [this](const Error& e) { failed(e); });
    disk_guard = std::make_unique<DiskGuard>([this] { return free_bytes(options.data_folder); },
                                             options.min_free, health);
    disk_guard->check();
    return open_views();
}

Result<void> Service::Impl::open_views() {
    if (options.views.empty()) return {};
    auto opened = open_rocks_view_store(options.data_folder / views_folder);
    if (!opened) return fail(std::move(opened).error());
    view_store = *std::move(opened);
    ViewFeed::Options feed;
    feed.views = options.views;
    auto made = ViewFeed::open(*store, *view_store, clock, std::move(feed));
    if (!made) return fail(std::move(made).error());
    views = *std::move(made);
    return {};
}

Result<void> Service::Impl::listen() {
    if (!options.webhook.url.empty())
        webhook = std::make_unique<Webhook>(options.webhook, options.window, *store, clock,
                                            options.data_folder / webhook_progress_file);
    api = std::make_unique<Api>(Backend{*store, *ingestor, *aggregator, clock, options, health, clock.now(),
                                        webhook.get(), views.get()});
    count_syncs_in(&api->metrics());
    ingestor->on_commit(
        [this](double seconds, std::size_t batches) { api->metrics().on_commit(seconds, batches); });
    auto listening = http::Server::listen(options.http, *api);
    if (!listening) return fail(std::move(listening).error());
    server = std::move(*listening);
    port = server->port();
    api->count_connections_of(server.get());
    return {};
}

void Service::Impl::start_schedule() {
    next_drop = clock.now();
    disk_watch = std::make_unique<Repeater>(look_pause, [this] { disk_guard->check(); });
    schedule = std::make_unique<Repeater>(look_pause, [this] { run_schedule(); });
    if (views)
        view_schedule = std::make_unique<Repeater>(view_pause, [this] {
            check(views->tick(), "views could not be written; the next tick tries again");
        });
}

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Service::~Service() {
    drain(Duration::zero());
}

Result<std::unique_ptr<Service>> Service::start(const ServiceOptions& options, Clock& clock,
                                                std::function<void(const Error&)> on_failure) {
    auto impl = std::make_unique<Impl>(options, clock, std::move(on_failure));
    if (auto opened = impl->open(); !opened) return fail(std::move(opened).error());
    if (auto listening = impl->listen(); !listening) return fail(std::move(listening).error());
    impl->server->start();
    impl->start_schedule();
    const auto ledger = impl->store->ledger();
    log(LogLevel::info, "weir is ready",
        {{"version", std::string(weir::version())},
         {"address", fmt::format("{}:{}", options.http.address, impl->port)},
         {"data", options.data_folder.string()},
         {"group_by", shown_group_by(options.group_by)},
         {"window", format_duration(options.window.size)},
         {"events", std::to_string(ledger ? ledger->stored : 0)},
         {"batches", std::to_string(ledger ? ledger->batches : 0)}});
    return std::unique_ptr<Service>(new Service(std::move(impl)));
}

std::uint16_t Service::port() const {
    return impl_->port;
}

void Service::drain(Duration deadline) {
    if (std::exchange(impl_->drained, true)) return;
    impl_->health.set_draining();
    impl_->server->drain(deadline);
    impl_->schedule->stop();
    if (impl_->view_schedule) impl_->view_schedule->stop();
    if (impl_->webhook) impl_->webhook->stop();
    impl_->disk_watch->stop();
    impl_->ingestor->drain();
    impl_->api->stop();
    const auto ledger = impl_->store->ledger();
    // Its threads may hold requests that use the store.
    impl_->api->count_connections_of(nullptr);
    impl_->server.reset();
    impl_->ingestor.reset();
    impl_->count_syncs_in(nullptr);
    impl_->api.reset();
    impl_->webhook.reset();
    impl_->views.reset();
    impl_->view_store.reset();
    impl_->aggregator.reset();
    impl_->store.reset();
    log(LogLevel::info, "weir has stopped",
        {{"received", std::to_string(ledger ? ledger->received : 0)},
         {"stored", std::to_string(ledger ? ledger->stored : 0)},
         {"duplicates", std::to_string(ledger ? ledger->duplicates : 0)},
         {"rejected", std::to_string(ledger ? ledger->rejected : 0)}});
}

}  // namespace weir
