#include "cli/dead_letter_queue.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "codec/message_envelope.h"

namespace weir::cli {
namespace {

constexpr std::chrono::seconds short_wait{1};
constexpr std::chrono::seconds hidden_for{60};
constexpr int empty_answers = 2;  // SQS may find nothing on the servers it asked, though there is something

std::string_view content_type_of(MediaType media) {
    return media == MediaType::json ? "application/json" : "application/x-ndjson";
}

}  // namespace

Result<std::vector<aws::SqsMessage>> peek(aws::Sqs& sqs, const std::string& queue_url, std::size_t limit) {
    std::vector<aws::SqsMessage> found;
    std::set<std::string> ids;
    Result<void> failure;
    for (int empty = 0; empty < empty_answers && found.size() < limit;) {
        Result<std::vector<aws::SqsMessage>> page = sqs.receive(queue_url, short_wait, hidden_for);
        if (!page) {
            failure = fail(std::move(page).error());
            break;
        }
        empty = page->empty() ? empty + 1 : 0;
        for (aws::SqsMessage& message : *page)
            if (ids.insert(message.message_id).second) found.push_back(std::move(message));
    }
    for (const aws::SqsMessage& message : found)
        if (Result<void> released = sqs.release(queue_url, message.receipt_handle); !released && failure)
            failure = released;
    if (!failure) return fail(std::move(failure).error());
    return found;
}

std::optional<std::string> body_to_replay(const aws::SqsMessage& message) {
    if (message.body.find("\"KinesisBatchInfo\"") != std::string::npos) return std::nullopt;
    const Result<Message> read = read_message(message.body, MessageForm::text, {});
    // One that cannot be read goes back as it is: perhaps a newer function can.
    if (!read || !read->batch_id.empty()) return message.body;
    MessageEnvelope envelope{message.message_id, std::string(content_type_of(read->media)), {}};
    if (message.sent != Timestamp{}) envelope.sent = message.sent;
    return write_message(envelope, read->body, MessageForm::text);
}

Result<Replay> replay(aws::Sqs& sqs, const std::string& from_url, const std::string& to_url,
                      const std::function<void(const Replay&)>& progress) {
    Replay done;
    for (int empty = 0; empty < empty_answers;) {
        Result<std::vector<aws::SqsMessage>> page = sqs.receive(from_url, short_wait, hidden_for);
        if (!page) return fail(std::move(page).error());
        empty = page->empty() ? empty + 1 : 0;
        for (const aws::SqsMessage& message : *page) {
            const std::optional<std::string> body = body_to_replay(message);
            if (!body) {
                ++done.kept;
                continue;
            }
            Result<std::vector<aws::SqsSent>> sent = sqs.send(to_url, {*body});
            if (!sent) return fail(std::move(sent).error());
            if (!sent->at(0).sent) {
                ++done.kept;
                continue;
            }
            if (Result<void> removed = sqs.remove(from_url, message.receipt_handle); !removed)
                return fail(std::move(removed).error());
            ++done.sent;
            progress(done);
        }
    }
    return done;
}

}  // namespace weir::cli
