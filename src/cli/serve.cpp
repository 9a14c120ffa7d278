#include <condition_variable>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/exit_status.h"
#include "cli/signals.h"
#include "cli/token_file.h"
#include "event/group_by.h"
#include "server/map_file.h"
#include "server/service.h"

namespace weir::cli {
namespace {

// Buffers of bodies are larger than what glibc keeps by default: each would be mapped and faulted in anew,
// which costs more than parsing what is in them (docs/performance.md). Kept in the heap, they are used again.
void keep_large_buffers() {
    constexpr int largest_kept = 32 << 20;  // the most that glibc takes
    constexpr int trimmed_above = 64 << 20;
    ::mallopt(M_MMAP_THRESHOLD, largest_kept);
    ::mallopt(M_TRIM_THRESHOLD, trimmed_above);
}

// What ends a server: a signal, or its store.
class End {
  public:
    void stop() {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }
    void failed(const Error& error) {
        const std::scoped_lock lock(mutex_);
        if (!error_) error_ = error;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopped_ || error_; });
    }
    std::optional<Error> error() {
        const std::scoped_lock lock(mutex_);
        return error_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopped_ = false;
    std::optional<Error> error_;
};

// A server that cannot start was not refused by one: the folder or the address is taken, or the flags do not
// fit the folder.
Error start_error(Error error) {
    error.code =
        error.code == ErrorCode::usage || error.reason == "store-identity" ? ErrorCode::usage : ErrorCode::io;
    return error;
}

class ServeCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "serve",
            "take events over HTTP, store every one, count them by window",
            "[options]",
            {"weir serve", "weir serve --listen 127.0.0.1:0 --data-dir /tmp/weir-data",
             "weir serve --window 10m --slide 60s --group-by County",
             "weir serve --group-by Room --view name=warmth,group-by=Room,measure=mean:temperature",
             "weir serve --group-by Region --map regions.topojson --map-property code",
             "weir serve --webhook https://hooks.example.org/weir --webhook-secret-file webhook.secret"},
            "SIGINT or SIGTERM drains: running requests are finished, everything answered is on disk, then "
            "it ends with 0; a second signal ends it "
            "at once, which loses nothing that was answered. When the disk fails it takes no more, says why "
            "and ends with 3."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("Listening");
        options.add("listen", "HOST:PORT", listen_, "Address to listen on; port 0 picks a free one");
        options.add("token-file", "FILE", token_file_, "Ask every client for the bearer token in FILE");
        options.toggle("allow-remote-without-token", allow_remote_, "Let other machines in without a token");
        options.group("Data");
        options.add("data-dir", "DIR", options_.data_folder, "Folder of the store; made if it is not there");
        options.positive("retention", options_.events.retention, "Keep events, panes and rows for so long");
        options.positive("min-free", options_.min_free,
                         "Take no events while the disk has less room than this");
        options.add("deduplicate-ids", "TIME", options_.deduplicate_ids,
                    "Tell events apart across batches by event_ids of any form too, for so long after they "
                    "came; 0s: only by ids of weir's own form, RUN-NUMBER");
        options.count(
            "deduplicate-ids-max", options_.deduplicate_ids_max,
            "Most ids remembered for that, at 22 to 28 bytes of memory each (390 MB for the default): "
            "those of TIME and a minute; more are answered 429",
            1, std::uint64_t{1} << 30U);
        options.group("Counting");
        options
            .add("group-by", "FIELD", options_.group_by,
                 "Field whose values are counted; repeat it to count by several together")
            .joint = group_by_separator;
        options.positive("window", options_.window.size, "Length of a window; a multiple of the pane");
        options.positive("pane", options_.window.pane, "Length of a pane, the finest step of counting");
        options.positive("slide", options_.window.slide, "How often a row is stored; a multiple of the pane");
        options.add("lateness", "TIME", options_.window.lateness,
                    "A row is final when its window has been over for so long");
        options.add("clock-skew", "TIME", options_.events.future_skew,
                    "Reject events that are further in the future than this");
        options
            .add("view", "VIEW", views_,
                 "A view of its own beside the default counts, such as "
                 "name=rooms,window=10m,slide=1m,group-by=Room,measure=mean:temperature; for several "
                 "repeat it, or put ; between them (see docs/views.md)")
            .joint = ';';
        options.group("Live page");
        options.add("map", "FILE", map_file_,
                    "Outlines for its map, TopoJSON or GeoJSON; without it New York's counties");
        options.add("map-object", "NAME", map_.object, "Which object of a TopoJSON file with several");
        options.add("map-property", "NAME", map_.property,
                    "Property of an outline that keys are held against; id is its id too");
        options.group("Webhook");
        options.add(
            "webhook", "URL", options_.webhook.url,
            "Push each stored row there as JSON when its window closes and when it is rewritten; tried "
            "until it is taken (see docs/webhook.md)");
        options.add("webhook-secret-file", "FILE", webhook_secret_file_,
                    "Sign what is pushed with the secret in FILE (whsec_…, Standard Webhooks)");
        options.add("webhook-ca-file", "FILE", options_.webhook.ca_file,
                    "Trust the certificate authorities in FILE (PEM) alone for the webhook's https://");
        options.group("Limits");
        options.positive("max-body", options_.http.max_body, "Largest body of a request, as it comes");
        options.positive("max-decompressed", options_.max_decompressed, "Largest body after decompression");
        options.positive("max-line", max_line_, "Largest event");
        options.count("max-connections", options_.http.max_connections, "Connections at once", 1, 1'000'000);
        options.positive("max-queue", options_.ingestor.max_queued,
                         "Most bytes of events that wait to be stored; more is answered 429");
        options.count("threads", options_.http.threads, "Threads that answer requests", 1, 1024);
        options.group("Running");
        options.add("drain-timeout", "TIME", drain_timeout_, "When stopping, cut requests that take longer");
        options.choice<LogFormat>("log-format", log_format_,
                                  {{"text", LogFormat::text}, {"json", LogFormat::json}},
                                  "Form of the log on standard error");
        options.choice<LogLevel>(
            "log-level", log_level_,
            {{"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}},
            "Least level that is logged");
    }

    Result<int> run(Console& console) override {
        set_log_format(log_format_);
        set_log_level(log_level_);
        if (log_format_ == LogFormat::json) console.speak_as_log();
        if (Result<void> ready = complete_options(console); !ready) return fail(ready.error());
        keep_large_buffers();
        ignore_hangups();
        SignalWatcher signals;
        End end;
        Result<std::unique_ptr<Service>> service =
            Service::start(options_, system_clock(), [&end](const Error& error) { end.failed(error); });
        if (!service) return fail(start_error(std::move(service).error()));
        signals.watch([&](int signal, int times) {
            if (times > 1) ::_exit(exit_status_of_signal(signal));
            say(console, "draining; a second signal ends it at once");
            end.stop();
        });
        listen_.port = (*service)->port();
        announce(console);
        end.wait();
        (*service)->drain(drain_timeout_);
        if (std::optional<Error> error = end.error()) {
            error->code = ErrorCode::storage;  // whatever it was: the process could not go on
            return fail(*std::move(error));
        }
        return exit_done;
    }

  private:
    Result<void> complete_options(Console& console) {
        if (Result<void> valid = validate(options_.window); !valid)
            return fail(ErrorCode::usage, valid.error().reason, valid.error().message, valid.error().hint);
        Result<std::vector<ViewSpec>> views = parse_views(
            views_, {"", options_.window, group_by_fields(options_.group_by), MeasureKind::count, ""});
        if (!views) return fail(std::move(views).error());
        options_.views = *std::move(views);
        if (options_.deduplicate_ids > options_.events.retention)
            return fail(
                ErrorCode::usage, "horizon-too-long",
                fmt::format("--deduplicate-ids {} is longer than events are kept, --retention {}",
                            format_duration(options_.deduplicate_ids),
                            format_duration(options_.events.retention)),
                "after a restart ids are read back from the events: give a shorter time, or keep them "
                "longer");
        if (!map_file_.empty())
            if (Result<void> read = read_map(console); !read) return read;
        if (!token_file_.empty()) {
            Result<std::string> token = read_token_file(token_file_, console);
            if (!token) return fail(std::move(token).error());
            options_.token = *std::move(token);
        }
        if (Result<void> ready = complete_webhook(console); !ready) return ready;
        if (!listen_.loopback() && options_.token.empty() && !allow_remote_)
            return fail(
                ErrorCode::usage, "token-missing",
                fmt::format("--listen {} lets other machines in, and no token is asked for", listen_.text()),
                "give --token-file FILE, or --allow-remote-without-token if that is what you want");
        options_.http.address = listen_.host == "localhost" ? "127.0.0.1" : listen_.host;
        options_.http.port = listen_.port;
        options_.events.max_line_bytes = static_cast<std::size_t>(max_line_.count);
        return {};
    }

    Result<void> read_map(Console& console) {
        Result<MapFile> map = read_map_file(map_file_, map_);
        if (!map) return fail(std::move(map).error());
        if (map->unnamed > 0)
            console.warn(fmt::format("map file {}: {} areas without a {} are left out", map_file_,
                                     with_commas(map->unnamed), map_.property));
        options_.map_json = std::move(map->json);
        return {};
    }

    Result<void> complete_webhook(Console& console) {
        if (options_.webhook.url.empty()) {
            if (webhook_secret_file_.empty() && options_.webhook.ca_file.empty()) return {};
            return fail(
                ErrorCode::usage, "webhook-missing",
                "--webhook-secret-file and --webhook-ca-file say how to push rows, and --webhook does "
                "not say where",
                "give --webhook URL");
        }
        if (auto target = parse_webhook_url(options_.webhook.url); !target)
            return fail(std::move(target).error());
        if (webhook_secret_file_.empty()) return {};
        Result<std::string> text = read_token_file(webhook_secret_file_, console);
        if (!text) return fail(std::move(text).error());
        Result<std::string> key = parse_webhook_secret(*text);
        if (!key) return fail(std::move(key).error());
        options_.webhook.key = *std::move(key);
        return {};
    }

    void announce(Console& console) {
        const std::string url = fmt::format("http://{}", listen_.text());
        if (log_format_ == LogFormat::json)
            log(LogLevel::info, "listening",
                {{"version", std::string(version())}, {"url", url}, {"data", options_.data_folder.string()}});
        else
            console.say(fmt::format("weir {} listening on {}, data in {}", version(), url,
                                    printable(options_.data_folder.string())));
    }

    void say(Console& console, const std::string& text) {
        if (log_format_ == LogFormat::json)
            log(LogLevel::info, text);
        else
            console.say("weir: " + text);
    }

    ServiceOptions options_;
    ListenAddress listen_{"127.0.0.1", 8080};
    std::string token_file_;
    std::string views_;
    std::string map_file_;
    OutlineRequest map_;
    std::string webhook_secret_file_;
    bool allow_remote_ = false;
    Bytes max_line_ = 1_MiB;
    Duration drain_timeout_{10'000};
    LogFormat log_format_ = LogFormat::text;
    LogLevel log_level_ = LogLevel::info;
};

}  // namespace

std::unique_ptr<Command> make_serve_command() {
    return std::make_unique<ServeCommand>();
}

}  // namespace weir::cli
