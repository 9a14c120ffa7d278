#include "pipeline/producer.h"

#include <mutex>
#include <thread>
#include <utility>

#include "codec/compression.h"
#include "pipeline/producer_checks.h"
#include "pipeline/producer_feed.h"
#include "pipeline/producer_queue.h"
#include "pipeline/producer_retry.h"
#include "pipeline/producer_splitting.h"
#include "pipeline/producer_tally.h"

namespace weir {

struct Producer::Impl {
    Impl(ProducerOptions producer_options, RowSource& row_source, MakeTransport make, Clock& the_clock)
        : options(std::move(producer_options)),
          source(row_source),
          make_transport(std::move(make)),
          clock(the_clock),
          queue(std::max<std::size_t>(options.in_flight, 1)) {}

    void make_transports();
    void send_batches(Transport& transport);
    void compress(OutgoingBatch& batch);

    const ProducerOptions options;
    RowSource& source;
    const MakeTransport make_transport;
    Clock& clock;
    std::function<void(const OutgoingBatch&, const Delivery&)> observer;

    Tally tally;
    BatchQueue queue;
    std::atomic<bool> stopped = false;
    std::atomic<bool> aborted = false;
    std::mutex transports_mutex;  // abort() cancels from another thread what run() makes
    std::vector<std::unique_ptr<Transport>> transports;
};

Producer::Producer(ProducerOptions options, RowSource& source, MakeTransport make_transport, Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), source, std::move(make_transport), clock)) {}

Producer::~Producer() = default;

ProducerSummary Producer::run() {
    ProducerSummary summary;
    summary.run_id = impl_->options.run_id;
    if (auto checked = check(impl_->options, impl_->source); !checked) {
        summary.error = std::move(checked).error();
        return summary;
    }
    impl_->tally.start(impl_->clock.steady_now());
    impl_->make_transports();
    ProducerFeed feed(impl_->options, impl_->source, impl_->clock, impl_->queue, impl_->tally,
                      impl_->stopped);
    {
        std::vector<std::jthread> senders;
        for (const auto& transport : impl_->transports)
            senders.emplace_back([this, &transport] { impl_->send_batches(*transport); });
        feed.run();
        impl_->queue.close();
    }
    impl_->tally.end(impl_->clock.steady_now());
    summary.totals = impl_->tally.progress(impl_->clock);
    summary.interrupted =
        (impl_->stopped && !feed.finished()) || (impl_->aborted && summary.totals.failed > 0);
    summary.error = impl_->tally.error();
    summary.first_rejected = impl_->tally.first_rejected();
    summary.first_ts = feed.first_ts();
    summary.last_ts = feed.last_ts();
    return summary;
}

void Producer::stop() {
    impl_->stopped = true;
}

void Producer::abort() {
    impl_->stopped = true;
    impl_->aborted = true;
    const std::lock_guard lock(impl_->transports_mutex);
    for (const auto& transport : impl_->transports)
        transport->cancel();
}

ProducerProgress Producer::progress() const {
    return impl_->tally.progress(impl_->clock);
}

void Producer::on_delivery(std::function<void(const OutgoingBatch&, const Delivery&)> observer) {
    impl_->observer = std::move(observer);
}

void Producer::Impl::make_transports() {
    const std::lock_guard lock(transports_mutex);
    for (std::size_t i = 0; i < options.in_flight; ++i) {
        transports.push_back(make_transport());
        if (aborted) transports.back()->cancel();
    }
}

void Producer::Impl::send_batches(Transport& transport) {
    BatchSender sender(transport, clock, {options.retry_for, options.retry_base, options.retry_cap}, tally,
                       aborted);
    const auto deliver = [&](const OutgoingBatch& batch) {
        const Delivery delivery = sender.deliver(batch);
        if (observer) observer(batch, delivery);
    };
    while (auto batch = queue.pop()) {
        if (!options.compress) {
            deliver(*batch);
            queue.give_back(std::move(batch->body));
        } else if (options.most_compressed) {
            for (const OutgoingBatch& part : compressed_to_fit(*std::move(batch), *options.most_compressed))
                deliver(part);
        } else {
            compress(*batch);
            deliver(*batch);
        }
    }
}

// Once a batch, before its first try, so that every try sends the same bytes.
void Producer::Impl::compress(OutgoingBatch& batch) {
    std::string plain = std::exchange(batch.body, zstd_compress(batch.body));
    batch.content_encoding = "zstd";
    queue.give_back(std::move(plain));
}

}  // namespace weir
