#include "pipeline/ingestor.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weir {
namespace {

using Answers = std::vector<Result<Verdict>>;

struct Waiting {
    Batch batch;
    Ingestor::Answer answer;
    std::uint64_t bytes = 0;  // as counted when it was taken: preparing may shrink the batch
};

std::uint64_t bytes_of(const Batch& batch) {
    std::uint64_t bytes = batch.text.size();
    for (const DeadLetter& letter : batch.rejected)
        bytes += letter.bytes.size();
    return bytes;
}

Error draining() {
    return {ErrorCode::unavailable, "draining", "the server is stopping and takes no more events",
            "send the batch again, to this server when it is back or to another"};
}

Error full(std::size_t batches, std::uint64_t bytes) {
    return {ErrorCode::overloaded, "queue-full",
            fmt::format("the queue is full: {} batches with {} wait to be committed", batches,
                        format_bytes({bytes})),
            "send the same batch again a little later"};
}

}  // namespace

struct Ingestor::Impl {
    Store& store;
    const IngestorOptions options;
    const std::function<void(const Error&)> on_failure;
    std::function<void(double, std::size_t)> on_commit;

    mutable std::mutex mutex;
    std::condition_variable work;
    std::deque<Waiting> queue;  // ready to be committed
    std::size_t taken = 0;      // batches that are in no answer yet: being prepared, queued or committed
    std::uint64_t taken_bytes = 0;
    bool stopping = false;
    std::optional<Error> failure;  // set once: the store has failed
    IngestorCounters totals;       // commits and rejected_events

    std::mutex joining;
    std::thread committer;

    Impl(Store& s, IngestorOptions o, std::function<void(const Error&)> f)
        : store(s), options(o), on_failure(std::move(f)) {}

    std::optional<Error> take(std::uint64_t bytes);
    void release(std::size_t batches, std::uint64_t bytes);
    bool enqueue(Waiting& waiting);
    void run();
    bool next_group(std::vector<Waiting>& group);
    Result<Answers> commit(std::vector<Batch>& batches);
    void commit_group(std::vector<Waiting>& group);
    void fail_all(std::vector<Waiting>& group, const Error& error);
};

// Reserves room for a batch, or says why there is none. A batch over the whole bound is taken when it is
// alone, since it would otherwise be told to come again for ever.
std::optional<Error> Ingestor::Impl::take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    if (failure) return failure;
    if (stopping) return draining();
    const bool over = taken >= options.max_queued_batches || taken_bytes + bytes > options.max_queued.count;
    if (over && taken > 0) return full(taken, taken_bytes);
    ++taken;
    taken_bytes += bytes;
    return std::nullopt;
}

void Ingestor::Impl::release(std::size_t batches, std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    taken -= batches;
    taken_bytes -= bytes;
    if (taken == 0) work.notify_one();
}

bool Ingestor::Impl::enqueue(Waiting& waiting) {
    const std::lock_guard lock(mutex);
    if (failure) return false;
    queue.push_back(std::move(waiting));
    if (queue.size() == 1) work.notify_one();
    return true;
}

// Waits for batches and takes as many as one commit may hold; false when there will be none any more.
bool Ingestor::Impl::next_group(std::vector<Waiting>& group) {
    std::unique_lock lock(mutex);
    work.wait(lock, [&] { return !queue.empty() || (stopping && taken == 0); });
    std::uint64_t bytes = 0;
    while (!queue.empty() && group.size() < options.max_group) {
        const std::uint64_t more = queue.front().bytes;
        if (!group.empty() && bytes + more > options.max_group_text.count) break;
        bytes += more;
        group.push_back(std::move(queue.front()));
        queue.pop_front();
    }
    return !group.empty();
}

Result<Answers> Ingestor::Impl::commit(std::vector<Batch>& batches) {
    try {
        auto answers = store.commit(batches);
        if (answers && answers->size() != batches.size())
            return fail(
                ErrorCode::storage, "store-broken",
                fmt::format("the store gave {} answers for {} batches", answers->size(), batches.size()));
        return answers;
    } catch (const std::exception& thrown) {
        // Nobody can say what of the group is on disk, which is what a failed write means too.
        return fail(ErrorCode::storage, "store-broken",
                    fmt::format("the store failed in an unforeseen way: {}", thrown.what()));
    }
}

void Ingestor::Impl::fail_all(std::vector<Waiting>& group, const Error& error) {
    std::uint64_t bytes = 0;
    for (const Waiting& waiting : group)
        bytes += waiting.bytes;
    for (Waiting& waiting : group)
        waiting.answer(fail(error));
    release(group.size(), bytes);
}

void Ingestor::Impl::commit_group(std::vector<Waiting>& group) {
    std::vector<Batch> batches;
    batches.reserve(group.size());
    std::uint64_t bytes = 0;
    for (Waiting& waiting : group) {
        batches.push_back(std::move(waiting.batch));
        bytes += waiting.bytes;
    }
    const auto start = std::chrono::steady_clock::now();
    Result<Answers> answers = commit(batches);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (!answers) {
        if (answers.error().code != ErrorCode::storage) return fail_all(group, answers.error());
        std::deque<Waiting> left;
        {
            const std::lock_guard lock(mutex);
            failure = answers.error();
            left.swap(queue);
        }
        std::move(left.begin(), left.end(), std::back_inserter(group));
        fail_all(group, answers.error());
        if (on_failure) on_failure(answers.error());
        return;
    }
    {
        const std::lock_guard lock(mutex);
        ++totals.commits;
        for (const Result<Verdict>& verdict : *answers)
            if (verdict && !verdict->replayed) totals.rejected_events += verdict->rejected;
        // Before the answers, so that whoever is told to go on finds the room.
        taken -= group.size();
        taken_bytes -= bytes;
    }
    batches.clear();
    if (on_commit) on_commit(took.count(), group.size());
    for (std::size_t i = 0; i < group.size(); ++i)
        group[i].answer(std::move((*answers)[i]));
}

void Ingestor::Impl::run() {
    std::vector<Waiting> group;
    while (next_group(group)) {
        commit_group(group);
        group.clear();
    }
}

Ingestor::Ingestor(Store& store, IngestorOptions options, std::function<void(const Error&)> on_failure)
    : impl_(std::make_unique<Impl>(store, options, std::move(on_failure))) {
    impl_->committer = std::thread([impl = impl_.get()] { impl->run(); });
}

Ingestor::~Ingestor() {
    drain();
}

void Ingestor::submit(Batch batch, Answer answer) {
    const std::uint64_t bytes = bytes_of(batch);
    if (auto refused = impl_->take(bytes)) return answer(fail(std::move(*refused)));
    impl_->store.prepare(batch);  // on this thread: the committing one is the bottleneck
    Waiting waiting{std::move(batch), std::move(answer), bytes};
    if (impl_->enqueue(waiting)) return;
    // The store failed while this batch was being made ready.
    const Error failure = [&] {
        const std::lock_guard lock(impl_->mutex);
        return *impl_->failure;
    }();
    waiting.answer(fail(failure));
    impl_->release(1, bytes);
}

void Ingestor::drain() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        impl_->work.notify_one();
    }
    const std::lock_guard lock(impl_->joining);
    if (impl_->committer.joinable()) impl_->committer.join();
}

IngestorCounters Ingestor::counters() const {
    const std::lock_guard lock(impl_->mutex);
    IngestorCounters counters = impl_->totals;
    counters.queued_batches = impl_->taken;
    counters.queued_bytes = impl_->taken_bytes;
    return counters;
}

void Ingestor::on_commit(std::function<void(double seconds, std::size_t batches)> observer) {
    impl_->on_commit = std::move(observer);
}

}  // namespace weir
