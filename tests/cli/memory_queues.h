#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aws/sqs.h"

namespace weir::cli::test {

// SQS in memory. What was received stays hidden until it is released, or until `visible_again` further
// requests of that kind were made. A queue's URL is its name. Sends fail as the client's own check and
// `refuses` say.
class MemoryQueues final : public aws::Sqs {
  public:
    std::map<std::string, std::deque<aws::SqsMessage>> queues;
    std::size_t visible_again = 1'000'000;
    std::function<std::optional<Error>(const std::string& body)> refuses;
    std::set<std::string> released;

    void add(const std::string& queue, const std::string& id, const std::string& body, Timestamp sent) {
        queues[queue].push_back({id, "of " + id, body, 0, sent});
    }
    std::vector<std::string> ids(const std::string& queue) {
        std::vector<std::string> found;
        for (const aws::SqsMessage& message : queues[queue])
            found.push_back(message.message_id);
        return found;
    }

    Result<std::string> queue_url(const std::string& queue) override { return queue; }
    Result<std::vector<aws::SqsSent>> send(const std::string& queue,
                                           const std::vector<std::string>& bodies) override {
        std::vector<aws::SqsSent> answers;
        for (const std::string& body : bodies) {
            if (body.size() > aws::max_sqs_bytes)
                return fail(ErrorCode::too_large, "batch-too-large", "too many bytes in one request");
            if (refuses)
                if (auto error = refuses(body)) return fail(*std::move(error));
            add(queue, "sent-" + std::to_string(++sends_), body, {});
            answers.push_back({true, false, {}, {}, "id"});
        }
        return answers;
    }
    Result<std::vector<aws::SqsMessage>> receive(const std::string& queue, std::chrono::seconds,
                                                 std::chrono::seconds) override {
        ++receives_;
        std::vector<aws::SqsMessage> page;
        for (aws::SqsMessage& message : queues[queue]) {
            std::size_t& visible_from = visible_from_[message.message_id];
            if (page.size() == aws::max_sqs_batch || receives_ < visible_from) continue;
            visible_from = receives_ + visible_again;
            ++message.receive_count;
            page.push_back(message);
        }
        return page;
    }
    Result<void> remove(const std::string& queue, const std::string& receipt) override {
        std::erase_if(queues[queue], [&](const auto& message) { return message.receipt_handle == receipt; });
        return {};
    }
    Result<void> release(const std::string& queue, const std::string& receipt) override {
        for (const aws::SqsMessage& message : queues[queue])
            if (message.receipt_handle == receipt) {
                visible_from_[message.message_id] = 0;
                released.insert(message.message_id);
            }
        return {};
    }
    Result<std::uint64_t> depth(const std::string& queue) override { return queues[queue].size(); }

  private:
    std::map<std::string, std::size_t> visible_from_;
    std::size_t receives_ = 0, sends_ = 0;
};

}  // namespace weir::cli::test
