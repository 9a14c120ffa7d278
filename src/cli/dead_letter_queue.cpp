#include "cli/dead_letter_queue.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/compression.h"
#include "codec/message_envelope.h"
#include "transport/service_delivery.h"

namespace weir::cli {
namespace {

constexpr std::chrono::seconds short_wait{1};
constexpr std::chrono::seconds hidden_for{60};
constexpr int empty_answers = 2;  // SQS may find nothing on the servers it asked, though there is something
constexpr int tight_level = 9;    // of zstd, for a message that must shrink: at most some 0.1 s each

std::string_view content_type_of(MediaType media) {
    return media == MediaType::json ? "application/json" : "application/x-ndjson";
}

// Moves messages until the queue is empty but for what is kept.
class Mover {
  public:
    Mover(aws::Sqs& sqs, const std::string& from_url, const std::string& to_url,
          const std::function<void(const Replay&)>& progress)
        : sqs_(sqs), from_url_(from_url), to_url_(to_url), progress_(progress) {}

    Result<Replay> run() {
        const Result<void> moved = move_all();
        // What is kept can be seen again at once, and not after a minute.
        for (const auto& [id, receipt] : kept_)
            if (Result<void> released = sqs_.release(from_url_, receipt); !released && moved)
                return fail(std::move(released).error());
        if (!moved) return fail(moved.error());
        return std::move(done_);
    }

  private:
    Result<void> move_all() {
        std::size_t known_again = 0;  // since the last new one: a long replay meets what it kept once more
        for (int empty = 0; empty < empty_answers && known_again <= 2 * kept_.size();) {
            Result<std::vector<aws::SqsMessage>> page = sqs_.receive(from_url_, short_wait, hidden_for);
            if (!page) return fail(std::move(page).error());
            empty = page->empty() ? empty + 1 : 0;
            for (const aws::SqsMessage& message : *page) {
                if (const auto known = kept_.find(message.message_id); known != kept_.end()) {
                    known->second = message.receipt_handle;
                    ++known_again;
                    continue;
                }
                known_again = 0;
                if (Result<void> moved = move(message); !moved) return moved;
            }
        }
        return {};
    }

    Result<void> move(const aws::SqsMessage& message) {
        const Result<std::string> body = body_to_replay(message);
        if (!body) return keep(message, body.error().message);
        const Result<std::vector<aws::SqsSent>> sent = sqs_.send(to_url_, {*body});
        if (!sent && !worth_sending_apart(sent.error())) return fail(sent.error());
        if (!sent) return keep(message, sent.error().message);
        const aws::SqsSent& answer = sent->at(0);
        if (!answer.sent)
            return keep(message,
                        fmt::format("the queue did not take it: {} ({})", answer.message, answer.code));
        if (Result<void> removed = sqs_.remove(from_url_, message.receipt_handle); !removed) return removed;
        ++done_.sent;
        progress_(done_);
        return {};
    }

    Result<void> keep(const aws::SqsMessage& message, const std::string& why) {
        kept_[message.message_id] = message.receipt_handle;
        done_.kept.push_back({message.message_id, printable(why)});
        return {};
    }

    aws::Sqs& sqs_;
    const std::string& from_url_;
    const std::string& to_url_;
    const std::function<void(const Replay&)>& progress_;
    Replay done_;
    std::map<std::string, std::string> kept_;  // the newest receipt of each
};

}  // namespace

Result<std::vector<aws::SqsMessage>> peek(aws::Sqs& sqs, const std::string& queue_url, const TimeRange& sent,
                                          std::size_t limit) {
    std::vector<aws::SqsMessage> found;
    std::map<std::string, std::string> seen;  // the newest receipt of each
    std::size_t known_again = 0;              // since the last new one
    Result<void> failure;
    for (int empty = 0; empty < empty_answers && found.size() < limit && known_again <= 2 * seen.size();) {
        Result<std::vector<aws::SqsMessage>> page = sqs.receive(queue_url, short_wait, hidden_for);
        if (!page) {
            failure = fail(std::move(page).error());
            break;
        }
        empty = page->empty() ? empty + 1 : 0;
        for (aws::SqsMessage& message : *page) {
            const bool is_new = seen.insert_or_assign(message.message_id, message.receipt_handle).second;
            known_again = is_new ? 0 : known_again + 1;
            if (is_new && sent.contains(message.sent) && found.size() < limit)
                found.push_back(std::move(message));
        }
    }
    for (const auto& [id, receipt] : seen)
        if (Result<void> released = sqs.release(queue_url, receipt); !released && failure) failure = released;
    if (!failure) return fail(std::move(failure).error());
    return found;
}

Result<std::string> body_to_replay(const aws::SqsMessage& message) {
    if (message.body.find("\"KinesisBatchInfo\"") != std::string::npos)
        return fail(ErrorCode::unsupported, "stream-batch",
                    "it only tells where in a stream a batch begins that failed");
    const Result<Message> read = read_message(message.body, MessageForm::text, {});
    // One that cannot be read goes back as it is: perhaps a newer function can.
    if (!read || !read->batch_id.empty()) return message.body;
    MessageEnvelope envelope{message.message_id, std::string(content_type_of(read->media)), {}};
    if (message.sent != Timestamp{}) envelope.sent = message.sent;
    std::string body = write_message(envelope, read->body, MessageForm::text);
    if (body.size() <= aws::max_sqs_bytes) return body;
    envelope.content_encoding = "zstd";
    body = write_message(envelope, zstd_compress(read->body, tight_level), MessageForm::text);
    if (body.size() <= aws::max_sqs_bytes) return body;
    return fail(
        ErrorCode::too_large, "message-too-large",
        fmt::format("it has {} bytes and would have {}, compressed, with the envelope that names it; a "
                    "queue takes at most {}",
                    with_commas(message.body.size()), with_commas(body.size()),
                    with_commas(aws::max_sqs_bytes)));
}

Result<Replay> replay(aws::Sqs& sqs, const std::string& from_url, const std::string& to_url,
                      const std::function<void(const Replay&)>& progress) {
    return Mover(sqs, from_url, to_url, progress).run();
}

}  // namespace weir::cli
