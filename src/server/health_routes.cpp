#include "server/health_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/version.h"
#include "event/group_by.h"
#include "server/answer.h"
#include "server/disk_guard.h"

namespace weir {
namespace {

Result<http::Response> ready(Backend& backend) {
    if (auto refusal = backend.health.refusal()) return fail(std::move(*refusal));
    return text_answer(200, "ready\n");
}

std::string listed(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += (out.empty() ? "" : ",") + json_string(text);
    return out;
}

Result<http::Response> status(Backend& backend) {
    const auto bytes = backend.store.size_bytes();
    if (!bytes) return fail(bytes.error());
    const ServiceOptions& options = backend.options;
    const WindowSpec& window = options.window;
    return json_answer(
        200,
        fmt::format(
            R"({{"version":"{}","state":"{}","now":"{}","started_at":"{}","group_by":{},"group_by_fields":[{}],"view":{},)"
            R"("window":"{}","pane":"{}","slide":"{}","lateness":"{}","retention":"{}",)"
            R"("store_bytes":{},"map":{}}})",
            version(), backend.health.state(), format_rfc3339(backend.clock.now()),
            format_rfc3339(backend.started_at), json_string(shown_group_by(options.group_by)),
            listed(group_by_fields(options.group_by)), json_string(view_name(options.group_by, window)),
            format_duration(window.size), format_duration(window.pane), format_duration(window.slide),
            format_duration(window.lateness), format_duration(options.events.retention), *bytes,
            !options.map_json.empty()));
}

Result<Readings> read(Backend& backend, const OpenConnections& open) {
    const auto ledger = backend.store.ledger();
    if (!ledger) return fail(ledger.error());
    const auto bytes = backend.store.size_bytes();
    if (!bytes) return fail(bytes.error());
    const auto latest = backend.store.latest_row();
    if (!latest) return fail(latest.error());
    const IngestorCounters counters = backend.ingestor.counters();
    Readings readings;
    readings.ledger = *ledger;
    readings.store_bytes = *bytes;
    readings.remembered_ids = backend.store.remembered_ids();
    readings.queued_batches = counters.queued_batches;
    readings.queued_bytes = counters.queued_bytes;
    readings.connections = open.connections;
    readings.live_listeners = open.live_listeners;
    readings.disk_free_bytes = free_bytes(backend.options.data_folder).value_or(0);
    readings.state = backend.health.state();
    if (backend.views != nullptr) {
        const auto views = backend.views->views();
        if (!views) return fail(views.error());
        for (const ViewStatus& view : *views)
            readings.views_behind = std::max(readings.views_behind, view.behind);
    }
    if (backend.webhook != nullptr) readings.webhook = backend.webhook->counters();
    readings.ready = !backend.health.refusal();
    if (*latest) {
        const std::chrono::duration<double> lag = backend.clock.now() - (*latest)->window_end;
        readings.window_lag_seconds = std::max(0.0, lag.count());
    }
    return readings;
}

}  // namespace

void add_health_routes(Router& router, Backend& backend, Metrics& metrics,
                       std::function<OpenConnections()> open) {
    router.add({"GET", "/livez", {}, Where::here, [](const Call&) { return text_answer(200, "ok\n"); }});
    router.add({"GET", "/readyz", {}, Where::here, [&backend](const Call&) { return ready(backend); }});
    router.add({"GET", "/v1/status", {}, Where::worker, [&backend](const Call&) { return status(backend); }});
    router.add({"GET",
                "/metrics",
                {},
                Where::worker,
                [&backend, &metrics, open = std::move(open)](const Call&) -> Result<http::Response> {
                    const auto readings = read(backend, open());
                    if (!readings) return fail(readings.error());
                    return answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.render(*readings));
                }});
}

bool is_probe(std::string_view path) {
    return path == "/livez" || path == "/readyz";
}

}  // namespace weir
