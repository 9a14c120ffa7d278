#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "event/aggregate_row.h"
#include "http/client.h"
#include "server/webhook_message.h"
#include "server/webhook_progress.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

struct WebhookOptions {
    std::string url;              // empty: no webhook
    std::string key;              // of the signature; empty: not signed
    std::string ca_file;          // https: trust these authorities alone; empty: the machine's
    Duration timeout{10'000};     // of one try
    Duration first_pause{1'000};  // most that is waited after the first failure; doubled with each further
    Duration longest_pause{60'000};
};

struct WebhookCounters {  // since the start of the process; for metrics
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;   // tries
    std::uint64_t pending = 0;  // rows that wait
};

// Pushes each scheduled row to a URL when it is written, and again when it is rewritten or becomes final. At
// least once: a row is remembered as delivered after the receiver's 2xx, and sent again if the process ends
// between the two. Rows go one at a time, new ones in the order of their windows; one that is not taken is
// tried for ever (full jitter, as AWS's "Exponential backoff and jitter" has it) and holds up those behind
// it. A row that was rewritten while it waited is sent once, in its newest form.
// Nothing waits for it: rows stay in the store, and what is held in memory is which of them were rewritten,
// at most max_rewritten; beyond, everything from the oldest of them on is sent again. On the first start rows
// written from then on are sent. Thread-safe.
class Webhook {
  public:
    static constexpr std::size_t max_rewritten = 10'000;

    // `file`: where the progress is kept. The options' URL must be one that parse_webhook_url takes.
    Webhook(WebhookOptions options, WindowSpec window, StoreReader& store, const Clock& clock,
            std::filesystem::path file);
    ~Webhook();  // stops

    // A scheduled row has been stored. Never blocks for long.
    void on_row(const AggregateRow& row);
    // Gives up the running try; what is not delivered is after the next start.
    void stop();
    [[nodiscard]] WebhookCounters counters() const;

  private:
    void run(bool goes_on);  // from where an earlier process stopped
    bool start_from_file();  // whether there was one
    Result<void> find_rewritten();
    Result<std::optional<AggregateRow>> next_row();
    bool deliver(const AggregateRow& row);  // false: not now
    void delivered(const AggregateRow& row);
    void save();
    void pause_after_failure(std::optional<Duration> wanted);
    void complain(const std::string& why);
    [[nodiscard]] bool stopping() const;

    const WebhookOptions options_;
    const WebhookTarget target_;
    const WindowSpec window_;
    StoreReader& store_;
    const Clock& clock_;
    const std::filesystem::path file_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    bool stopping_ = false;
    bool news_ = true;  // there may be something to send
    WebhookProgress progress_;
    std::set<Timestamp> rewritten_;  // ends of rows that were written again since they were last read
    Timestamp newest_ = min_timestamp;
    std::uint64_t newest_as_of_ = 0;
    Timestamp newest_computed_ = min_timestamp;
    http::Client* client_ = nullptr;  // of the running try

    std::atomic<std::uint64_t> delivered_{0}, failed_{0};
    // Of the sending thread alone.
    int failures_ = 0;  // one after the other
    WebhookProgress saved_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace weir
