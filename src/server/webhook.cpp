#include "server/webhook.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace weir {
namespace {

constexpr std::size_t rows_at_once = 500;  // read at the start
constexpr Duration longest_wanted{300'000};
constexpr int failures_between_complaints = 60;
constexpr Duration tick{1};

Duration full_jitter(Duration first, Duration longest, int failures) {
    thread_local std::mt19937_64 random{std::random_device{}()};
    const auto most = std::min<std::int64_t>(longest.count(), first.count() << std::min(failures - 1, 20));
    return Duration{std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(most, 0))(random)};
}

// The seconds form of Retry-After, within reason.
std::optional<Duration> retry_after(const http::Response& response) {
    const std::string_view text = response.headers.get("Retry-After").value_or("");
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return std::min<Duration>(std::chrono::seconds{seconds}, longest_wanted);
}

}  // namespace

Webhook::Webhook(WebhookOptions options, WindowSpec window, StoreReader& store, const Clock& clock,
                 std::filesystem::path file)
    : options_(std::move(options)),
      target_(parse_webhook_url(options_.url).value()),
      window_(window),
      store_(store),
      clock_(clock),
      file_(std::move(file)) {
    const bool goes_on = start_from_file();
    thread_ = std::thread([this, goes_on] { run(goes_on); });
}

Webhook::~Webhook() {
    stop();
}

void Webhook::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        if (client_ != nullptr) client_->cancel();
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

bool Webhook::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

WebhookCounters Webhook::counters() const {
    const std::lock_guard lock(mutex_);
    const std::int64_t behind =
        newest_ <= progress_.delivered_until ? 0 : (newest_ - progress_.delivered_until) / window_.slide;
    const auto again = std::distance(rewritten_.begin(), rewritten_.upper_bound(progress_.delivered_until));
    return {delivered_, failed_, static_cast<std::uint64_t>(behind + again)};
}

void Webhook::on_row(const AggregateRow& row) {
    const std::lock_guard lock(mutex_);
    if (row.window_end <= newest_) rewritten_.insert(row.window_end);
    newest_ = std::max(newest_, row.window_end);
    newest_as_of_ = std::max(newest_as_of_, row.as_of);
    newest_computed_ = std::max(newest_computed_, row.computed_at);
    if (rewritten_.size() > max_rewritten) {
        progress_.delivered_until = std::min(progress_.delivered_until, *rewritten_.begin() - tick);
        rewritten_.clear();
    }
    news_ = true;
    wake_.notify_all();
}

// Before any row can be written by this process.
bool Webhook::start_from_file() {
    const auto latest = store_.latest_row();
    if (latest && *latest) {
        newest_ = (*latest)->window_end;
        newest_as_of_ = (*latest)->as_of;
        newest_computed_ = (*latest)->computed_at;
    }
    if (const auto found = read_webhook_progress(file_)) {
        progress_ = saved_ = *found;
        return true;
    }
    newest_ = std::max(newest_, clock_.now() - window_.slide);
    progress_ = {newest_, newest_as_of_, clock_.now()};
    save();
    return false;
}

// Rows that were delivered in an earlier form by a process that ended before it could send the newest.
Result<void> Webhook::find_rewritten() {
    Timestamp from = min_timestamp;
    WebhookProgress progress;
    {
        const std::lock_guard lock(mutex_);
        progress = progress_;
    }
    while (!stopping()) {
        auto rows = store_.rows({from, progress.delivered_until + tick}, rows_at_once);
        if (!rows) return fail(std::move(rows).error());
        for (const AggregateRow& row : *rows)
            if (row.as_of > progress.as_of || row.computed_at >= progress.computed_at) on_row(row);
        if (rows->size() < rows_at_once) return {};
        from = rows->back().window_end + tick;
    }
    return {};
}

// New rows go first, so that a flood of rewritten ones does not make them old.
Result<std::optional<AggregateRow>> Webhook::next_row() {
    std::optional<Timestamp> end;
    Timestamp after;
    {
        const std::lock_guard lock(mutex_);
        news_ = false;
        after = progress_.delivered_until;
        if (!rewritten_.empty()) end = *rewritten_.begin();
    }
    auto fresh = store_.rows({after + tick, max_timestamp}, 1);
    if (!fresh) return fail(std::move(fresh).error());
    if (!fresh->empty()) end = fresh->front().window_end;
    if (!end) return std::optional<AggregateRow>{};
    {
        // Before it is read: whatever happens to the row from here on marks it again.
        const std::lock_guard lock(mutex_);
        rewritten_.erase(*end);
        news_ = true;
    }
    auto row = store_.row_at(*end);
    if (!row && *end <= after) {
        const std::lock_guard lock(mutex_);
        rewritten_.insert(*end);
    }
    return row;
}

void Webhook::complain(const std::string& why) {
    if (failures_ % failures_between_complaints != 1) return;
    log(LogLevel::warning, "the webhook's receiver has not taken a row; it is tried again",
        {{"error", why}, {"failures", std::to_string(failures_)}});
}

void Webhook::pause_after_failure(std::optional<Duration> wanted) {
    const Duration pause = std::max(wanted.value_or(Duration::zero()),
                                    full_jitter(options_.first_pause, options_.longest_pause, failures_));
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause, [&] { return stopping_; });
}

bool Webhook::deliver(const AggregateRow& row) {
    const std::string id = webhook_id(row), body = webhook_body(row);
    http::ClientOptions how;
    how.connect_timeout = options_.timeout;
    how.timeout = options_.timeout;
    how.max_response = 64_KiB;
    how.ca_file = options_.ca_file;
    http::Client client(target_.url, how);
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return false;
        client_ = &client;
    }
    const auto response = client.send(webhook_request(target_, id, body, options_.key, clock_.now()));
    {
        const std::lock_guard lock(mutex_);
        client_ = nullptr;
        if (stopping_ && !response) return false;
    }
    if (response && response->status / 100 == 2) {
        if (failures_ > 0) log(LogLevel::info, "the webhook's receiver takes rows again");
        failures_ = 0;
        return true;
    }
    ++failed_;
    ++failures_;
    complain(response ? fmt::format("it answered {}", response->status) : response.error().message);
    pause_after_failure(response ? retry_after(*response) : std::nullopt);
    return false;
}

void Webhook::delivered(const AggregateRow& row) {
    ++delivered_;
    const std::lock_guard lock(mutex_);
    progress_.delivered_until = std::max(progress_.delivered_until, row.window_end);
}

void Webhook::save() {
    WebhookProgress progress;
    {
        const std::lock_guard lock(mutex_);
        if (rewritten_.empty() && newest_ <= progress_.delivered_until) {
            progress_.as_of = newest_as_of_;
            progress_.computed_at = newest_computed_;
        }
        progress = progress_;
    }
    if (progress == saved_) return;
    if (const auto written = write_webhook_progress(file_, progress); !written)
        log(LogLevel::error, "the webhook's progress could not be written",
            {{"error", written.error().message}});
    else
        saved_ = progress;
}

void Webhook::run(bool goes_on) {
    if (const auto found = goes_on ? find_rewritten() : Result<void>{}; !found)
        log(LogLevel::error, "rows for the webhook could not be read", {{"error", found.error().message}});
    while (true) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || news_; });
            if (stopping_) return;
        }
        const auto row = next_row();
        if (!row) {
            ++failures_;
            complain(row.error().message);
            pause_after_failure({});
            const std::lock_guard lock(mutex_);
            news_ = true;
        } else if (*row) {
            if (deliver(**row)) {
                delivered(**row);
            } else {
                const std::lock_guard lock(mutex_);
                const Timestamp end = (*row)->window_end;
                if (end <= progress_.delivered_until) rewritten_.insert(end);
            }
        }
        save();
    }
}

}  // namespace weir
