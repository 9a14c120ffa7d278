#include "lambda/store_handler.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/log.h"
#include "codec/message_envelope.h"
#include "event/event.h"
#include "lambda/event_reader.h"
#include "lambda/partial_answer.h"

namespace weir::lambda {
namespace {

constexpr std::size_t max_logged_failures = 20;  // of an event

// Whether the next batch would fail for the same reason: it lies with the store, not with the batch.
bool is_of_the_store(const Error& error) {
    switch (error.code) {
        case ErrorCode::unauthorized:
        case ErrorCode::not_found:
        case ErrorCode::overloaded:
        case ErrorCode::unavailable:
        case ErrorCode::unreachable:
        case ErrorCode::storage:
        case ErrorCode::interrupted:
            return true;
        default:
            return false;
    }
}

// Whether every delivery would fail for the same reason: it lies with the message.
bool is_of_the_message(const Error& error) {
    switch (error.code) {
        case ErrorCode::invalid:
        case ErrorCode::unsupported:
        case ErrorCode::too_large:
            return true;
        default:
            return error.reason == "batch-conflict";
    }
}

struct Totals {
    Verdict verdict;
    std::uint64_t replayed = 0;
    std::size_t logged_failures = 0;
    std::size_t left = 0;  // messages that were not tried
};

}  // namespace

struct StoreHandler::Impl {
    // Batches that are committed together, and the index of each one's message.
    struct Group {
        std::vector<Batch> batches;
        std::vector<std::size_t> messages;
        std::unordered_set<std::string> ids;
        std::uint64_t text = 0, lines = 0;
        bool is_of_refused = false;  // of messages that were refused, kept as dead letters
        void clear() { *this = {}; }
        void add(Batch batch, std::size_t message) {
            ids.insert(batch.batch_id);
            text += batch.text.size() + (batch.rejected.empty() ? 0 : batch.rejected.front().bytes.size());
            lines += batch.received;
            batches.push_back(std::move(batch));
            messages.push_back(message);
        }
    };

    Impl(Store& to, const Clock& time, Options given)
        : store(to), clock(time), options(std::move(given)), decoder(options.group_by, options.limits) {}

    Store& store;
    const Clock& clock;
    const Options options;
    EventReader reader;
    BatchDecoder decoder;

    // Of the event that is being handled.
    ReceivedEvent event;
    Totals totals;
    std::optional<PartialAnswer> answer;
    Duration slowest_group{0};
    std::uint64_t most_lines = 0;  // of the next group

    Result<Batch> decode(const ReceivedMessage& message);
    [[nodiscard]] Timestamp first_sent(const ReceivedMessage& received, const Message& message) const;
    Result<Batch> decode_or_keep(std::size_t message);
    Batch kept_whole(std::size_t message, const Error& error);
    [[nodiscard]] bool keeps(std::size_t message, const Error& error) const {
        return event.source == EventSource::kinesis && is_of_the_message(error) &&
               is_valid_id(event.messages[message].own_id);
    }
    void run(Timestamp deadline);
    // False when what comes after it is not worth trying.
    bool commit(Group& group, Timestamp deadline);
    void note_speed(const Group& group, Duration took, Timestamp deadline);
    void failed(std::size_t message, const Error& error, bool with_text);
    void leave(std::size_t message) {
        answer->fail(message);
        ++totals.left;
    }
    [[nodiscard]] bool is_full(const Group& group) const {
        return group.batches.size() >= options.max_group_batches ||
               group.text >= options.max_group_text.count || group.lines >= most_lines;
    }
    [[nodiscard]] bool has_time(Timestamp deadline) const {
        return clock.now() + std::max(options.deadline_margin, slowest_group) < deadline;
    }
};

// When a message came first. One that is sent again says so itself, and is taken at its word for as long as
// anything that was stored of it then may be there still; older than that, it is judged as it comes.
Timestamp StoreHandler::Impl::first_sent(const ReceivedMessage& received, const Message& message) const {
    const Timestamp arrived = received.sent.value_or(clock.now());
    const bool holds =
        message.sent && *message.sent <= arrived && *message.sent >= arrived - options.limits.retention;
    return holds ? *message.sent : arrived;
}

Result<Batch> StoreHandler::Impl::decode(const ReceivedMessage& received) {
    const bool kinesis = event.source == EventSource::kinesis;
    std::optional<std::string> bytes;
    if (kinesis) {
        bytes = base64_decode(received.body);
        if (!bytes) return fail(ErrorCode::invalid, "base64-invalid", "the record's data is no base64");
    }
    auto message = read_message(kinesis ? std::string_view(*bytes) : received.body,
                                kinesis ? MessageForm::binary : MessageForm::text, options.decompression);
    if (!message) return fail(std::move(message).error());
    const bool id_is_unique = message->batch_id.empty();
    const Timestamp now = first_sent(received, *message);
    auto batch = decoder.decode(
        {.media = message->media,
         .batch_id = id_is_unique ? std::string(received.own_id) : std::move(message->batch_id),
         .body = std::move(message->body),
         .now = now,
         .source = event.from});
    if (!batch) return batch;
    batch->id_is_unique = id_is_unique;
    store.prepare(*batch);
    return batch;
}

// A refused record as a batch of its own that holds one dead letter. It has the record's own id, so that it
// is the same at every delivery.
Batch StoreHandler::Impl::kept_whole(std::size_t message, const Error& error) {
    const ReceivedMessage& record = event.messages[message];
    if (++totals.logged_failures <= max_logged_failures)
        log(LogLevel::warning, "record kept as a dead letter",
            {{"message", std::string(record.item_id)}, {"reason", error.reason}});
    DeadLetter letter;
    letter.batch_id = record.own_id;
    letter.source = event.from;
    letter.line = 1;
    letter.received_at = record.sent.value_or(clock.now());
    letter.reason = RejectReason::message_refused;
    letter.message = fmt::format("{}: {}", error.reason, error.message);
    letter.bytes = base64_decode(record.body).value_or(std::string(record.body));
    Batch batch;
    batch.batch_id = letter.batch_id;
    batch.source = letter.source;
    batch.received_at = letter.received_at;
    batch.content = hash128(letter.bytes);
    batch.received = 1;
    batch.id_is_unique = true;
    batch.rejected.push_back(std::move(letter));
    return batch;
}

Result<Batch> StoreHandler::Impl::decode_or_keep(std::size_t message) {
    auto batch = decode(event.messages[message]);
    if (!batch && keeps(message, batch.error())) return kept_whole(message, batch.error());
    return batch;
}

void StoreHandler::Impl::failed(std::size_t message, const Error& error, bool with_text) {
    answer->fail(message);
    if (++totals.logged_failures > max_logged_failures) return;
    log(LogLevel::warning, "message failed",
        {{"message", std::string(event.messages[message].item_id)},
         {"reason", error.reason},
         {"error", with_text ? error.message : "it cannot be read"}});
}

void StoreHandler::Impl::note_speed(const Group& group, Duration took, Timestamp deadline) {
    constexpr double share_of_time = 0.25;
    slowest_group = std::max(slowest_group, took);
    const auto left = static_cast<double>(to_ms(deadline) - to_ms(clock.now()));
    const double fit = static_cast<double>(group.lines) * left * share_of_time /
                       static_cast<double>(std::max(took, Duration{1}).count());
    constexpr double many = 1e9;  // other limits come long before it
    most_lines = std::max(options.first_group_lines, static_cast<std::uint64_t>(std::clamp(fit, 0.0, many)));
}

bool StoreHandler::Impl::commit(Group& group, Timestamp deadline) {
    if (group.batches.empty()) return true;
    if (!has_time(deadline)) {
        for (const std::size_t message : group.messages)
            leave(message);
        return false;
    }
    const SteadyTime start = clock.steady_now();
    auto answers = store.commit(group.batches);
    note_speed(group, std::chrono::ceil<Duration>(clock.steady_now() - start), deadline);
    std::size_t of_the_store = 0;
    Group refused;
    refused.is_of_refused = true;
    for (std::size_t i = 0; i < group.batches.size(); ++i) {
        const std::size_t message = group.messages[i];
        if (!answers) {
            failed(message, answers.error(), true);
        } else if (const auto& verdict = answers->at(i);
                   !verdict && keeps(message, verdict.error()) && !group.is_of_refused) {
            refused.add(kept_whole(message, verdict.error()), message);
        } else if (!verdict) {
            failed(message, verdict.error(), true);
            of_the_store += is_of_the_store(verdict.error()) ? 1 : 0;
        } else {
            totals.verdict.received += verdict->received;
            totals.verdict.stored += verdict->stored;
            totals.verdict.duplicates += verdict->duplicates;
            totals.verdict.rejected += verdict->rejected;
            totals.verdict.late += verdict->late;
            totals.replayed += verdict->replayed ? 1 : 0;
        }
    }
    const bool goes_on = answers.has_value() && of_the_store < group.batches.size();
    group.clear();
    return commit(refused, deadline) && goes_on;
}

// Every message ends up stored or failed: those that are not looked at any more are failed from `next` on.
void StoreHandler::Impl::run(Timestamp deadline) {
    Group group;
    std::size_t next = 0;
    for (; next < event.messages.size() && !answer->is_over(); ++next) {
        if (!has_time(deadline)) break;
        auto batch = decode_or_keep(next);
        if (!batch) {
            // On Kinesis nothing after it is read; what is before it is still committed.
            failed(next, batch.error(), false);
            continue;
        }
        // One batch twice in an event: the second is a replay, not a part of the same write.
        if ((is_full(group) || group.ids.contains(batch->batch_id)) && !commit(group, deadline)) break;
        if (answer->is_over()) break;
        group.add(*std::move(batch), next);
    }
    commit(group, deadline);
    for (; next < event.messages.size(); ++next)
        leave(next);
    if (totals.left > 0)
        log(LogLevel::warning, "messages left for another delivery",
            {{"messages", std::to_string(totals.left)}});
}

StoreHandler::StoreHandler(Store& store, const Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(store, clock, std::move(options))) {}
StoreHandler::~StoreHandler() = default;

Result<std::string> StoreHandler::handle(Invocation invocation) {
    Impl& self = *impl_;
    const SteadyTime start = self.clock.steady_now();
    auto event = self.reader.read(invocation.payload);
    if (!event) return fail(std::move(event).error());
    std::string().swap(invocation.payload);  // all of it that counts is in the event now
    self.event = *std::move(event);
    self.totals = {};
    self.slowest_group = Duration{0};
    self.most_lines = self.options.first_group_lines;
    self.answer.emplace(self.event);
    self.run(invocation.deadline);
    const Verdict& counted = self.totals.verdict;
    log(LogLevel::info, "messages stored",
        {{"from", self.event.from},
         {"messages", std::to_string(self.event.messages.size())},
         {"failed", std::to_string(self.answer->failures())},
         {"replayed", std::to_string(self.totals.replayed)},
         {"events", std::to_string(counted.received)},
         {"stored", std::to_string(counted.stored)},
         {"duplicates", std::to_string(counted.duplicates)},
         {"rejected", std::to_string(counted.rejected)},
         {"late", std::to_string(counted.late)},
         {"ms", std::to_string(std::chrono::ceil<Duration>(self.clock.steady_now() - start).count())}});
    return self.answer->json();
}

}  // namespace weir::lambda
