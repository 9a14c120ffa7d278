#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "codec/compression.h"
#include "codec/row_source.h"
#include "pipeline/producer.h"
#include "transport/transport.h"

namespace weir::test {

// Rows `"n":"1"`, `"n":"2"`, … ; `count` of them, then the end or an error.
class CountingSource : public RowSource {
  public:
    explicit CountingSource(std::uint64_t count = UINT64_MAX) : count_(count) {}
    Result<const Row*> next() override {
        if (next_ == fail_at) return fail(ErrorCode::io, "file-unreadable", "the disk is gone", "mend it");
        if (next_ == count_) return nullptr;
        const std::string text = std::to_string(++next_);
        row_.json = "\"n\":\"" + text + "\"";
        row_.csv = text;
        return &row_;
    }
    const std::string& csv_header() const override { return csv_header_value; }
    std::vector<DeadLetter> take_rejected() override { return std::exchange(rejected, {}); }

    std::uint64_t fail_at = UINT64_MAX;
    std::string csv_header_value = "event_id,ts,n";
    std::vector<DeadLetter> rejected;

  private:
    std::uint64_t count_;
    std::uint64_t next_ = 0;
    Row row_;
};

struct SentEvent {
    std::string id;
    Timestamp ts;
    std::string row;  // what stands behind them
    bool operator==(const SentEvent&) const = default;
};

inline std::string plain_body(const OutgoingBatch& batch) {
    if (batch.content_encoding.empty()) return batch.body;
    return zstd_decompress(batch.body, {}).value();
}

// The events of an NDJSON body, read by hand.
inline std::vector<SentEvent> events_of(const std::string& body) {
    std::vector<SentEvent> events;
    for (std::size_t at = 0; at < body.size();) {
        const std::size_t end = body.find('\n', at);
        const std::string line = body.substr(at, end - at);
        const std::size_t id = std::string(R"({"event_id":")").size(), id_end = line.find('"', id);
        const std::size_t ts = id_end + std::string(R"(","ts":")").size(), ts_end = line.find('"', ts);
        events.push_back({line.substr(id, id_end - id), parse_rfc3339(line.substr(ts, ts_end - ts)).value(),
                          line.substr(ts_end + 2, line.size() - ts_end - 3)});
        at = end + 1;
    }
    return events;
}

inline Delivery acknowledge(const OutgoingBatch& batch) {
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::acknowledged;
    delivery.verdict.batch_id = batch.batch_id;
    delivery.verdict.received = delivery.verdict.stored = batch.events;
    return delivery;
}

inline Delivery try_again(Duration retry_after = Duration{0}) {
    Delivery delivery;
    delivery.error = {ErrorCode::unreachable, "connection-lost", "the connection was lost", {}};
    delivery.retry_after = retry_after;
    return delivery;
}

inline Delivery refuse() {
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::refused;
    delivery.error = {ErrorCode::refused, "batch-conflict", "other content under this id",
                      "use another run id"};
    return delivery;
}

// What all transports of a run send to: keeps the first body of every batch and how often each came, and
// answers as told.
class ScriptedServer {
  public:
    struct Kept {
        OutgoingBatch batch;
        std::uint32_t tries = 0;
        bool same_bytes = true;  // of every try
        bool stored = false;
    };
    // The answer to try number `tries` (from 1) of a batch; called with the lock held unless it must wait,
    // see `unlocked`.
    using Script = std::function<Delivery(const OutgoingBatch&, std::uint32_t tries)>;

    explicit ScriptedServer(Script script = [](const OutgoingBatch& batch,
                                               std::uint32_t) { return acknowledge(batch); })
        : script_(std::move(script)) {}

    Delivery receive(const OutgoingBatch& batch) {
        std::uint32_t tries = 0;
        {
            const std::lock_guard lock(mutex_);
            Kept& kept = kept_[batch.batch_id];
            if (kept.tries == 0) {
                kept.batch = batch;
                order_.push_back(batch.batch_id);
            }
            kept.same_bytes &=
                kept.batch.body == batch.body && kept.batch.content_encoding == batch.content_encoding;
            tries = ++kept.tries;
        }
        const Delivery delivery = script_(batch, tries);
        if (delivery.outcome == Delivery::Outcome::acknowledged) {
            const std::lock_guard lock(mutex_);
            kept_[batch.batch_id].stored = true;
        }
        return delivery;
    }

    Producer::MakeTransport transports();

    // After the run.
    const std::map<std::string, Kept>& kept() const { return kept_; }
    std::vector<SentEvent> events_in_order() const {
        std::vector<SentEvent> all;
        for (std::size_t i = 1; i <= kept_.size(); ++i)
            for (SentEvent& event : events_of(plain_body(
                     kept_.at(order_.front().substr(0, order_.front().rfind('b') + 1) + std::to_string(i))
                         .batch)))
                all.push_back(std::move(event));
        return all;
    }
    std::vector<std::uint64_t> batch_sizes() const {
        std::vector<std::uint64_t> sizes;
        for (std::size_t i = 1; i <= kept_.size(); ++i)
            sizes.push_back(
                kept_.at(order_.front().substr(0, order_.front().rfind('b') + 1) + std::to_string(i))
                    .batch.events);
        return sizes;
    }

  private:
    Script script_;
    std::mutex mutex_;  // guards all below
    std::map<std::string, Kept> kept_;
    std::vector<std::string> order_;
};

class ScriptedTransport final : public Transport {
  public:
    explicit ScriptedTransport(ScriptedServer& server) : server_(server) {}
    Delivery send(const OutgoingBatch& batch) override {
        if (cancelled_) return interrupted();
        Delivery delivery = server_.receive(batch);
        return cancelled_ && delivery.outcome == Delivery::Outcome::retry ? interrupted() : delivery;
    }
    void cancel() override { cancelled_ = true; }

  private:
    static Delivery interrupted() {
        Delivery delivery;
        delivery.error = {ErrorCode::interrupted, "cancelled", "cancelled", {}};
        return delivery;
    }
    ScriptedServer& server_;
    std::atomic<bool> cancelled_ = false;
};

inline Producer::MakeTransport ScriptedServer::transports() {
    return [this] { return std::make_unique<ScriptedTransport>(*this); };
}

inline ProducerOptions producer_options() {
    ProducerOptions options;
    options.run_id = "run";
    options.compress = false;
    return options;
}

}  // namespace weir::test
