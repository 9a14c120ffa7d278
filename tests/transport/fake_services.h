#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "aws/kinesis.h"
#include "aws/sqs.h"
#include "support/eventually.h"
#include "support/waiting_threads.h"
#include "transport/transport.h"

namespace weir::test {

// A gate that requests stand before until it is opened.
class Gate {
  public:
    void close() { set(false); }
    void open() { set(true); }
    void pass() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return open_; });
    }

  private:
    void set(bool open) {
        const std::lock_guard lock(mutex_);
        open_ = open;
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
};

// Answers a request of so many messages; nothing else of the services is asked.
template <typename Item, typename Answer>
class Requests {
  public:
    std::function<Result<std::vector<Answer>>(const std::vector<Item>&)> answer;
    Gate gate;

    Result<std::vector<Answer>> take(const std::vector<Item>& items) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(items);
        }
        gate.pass();
        return answer(items);
    }
    std::vector<std::vector<Item>> seen() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    void wait_for(std::size_t requests) {
        ASSERT_TRUE(eventually([&] { return seen().size() >= requests; }));
    }

  private:
    std::mutex mutex_;
    std::vector<std::vector<Item>> requests_;
};

class FakeSqs final : public aws::Sqs {
  public:
    Requests<std::string, aws::SqsSent> requests;
    FakeSqs() {
        requests.answer = [](const std::vector<std::string>& bodies) {
            return std::vector<aws::SqsSent>(bodies.size(), aws::SqsSent{true, false, "", "", "id"});
        };
    }
    Result<std::string> queue_url(const std::string& queue) override {
        if (queue == "missing")
            return fail(ErrorCode::not_found, "QueueDoesNotExist", "The specified queue does not exist");
        return "https://sqs/1/" + queue;
    }
    Result<std::vector<aws::SqsSent>> send(const std::string& url,
                                           const std::vector<std::string>& bodies) override {
        EXPECT_EQ(url, "https://sqs/1/sensors");
        return requests.take(bodies);
    }
    Result<std::vector<aws::SqsMessage>> receive(const std::string&, std::chrono::seconds,
                                                 std::chrono::seconds) override {
        return {};
    }
    Result<void> remove(const std::string&, const std::string&) override { return {}; }
    Result<void> release(const std::string&, const std::string&) override { return {}; }
    Result<std::uint64_t> depth(const std::string&) override { return 0; }
};

class FakeKinesis final : public aws::Kinesis {
  public:
    Requests<aws::KinesisRecord, aws::KinesisPut> requests;
    FakeKinesis() {
        requests.answer = [](const std::vector<aws::KinesisRecord>& records) {
            return std::vector<aws::KinesisPut>(records.size(), aws::KinesisPut{true, "", ""});
        };
    }
    Result<std::vector<aws::KinesisPut>> put(const std::string& stream,
                                             const std::vector<aws::KinesisRecord>& records) override {
        EXPECT_EQ(stream, "sensors");
        return requests.take(records);
    }
    Result<void> check_stream(const std::string& stream) override {
        if (stream == "missing")
            return fail(ErrorCode::not_found, "ResourceNotFoundException", "Stream missing not found");
        return {};
    }
};

// Sends batches 1 to n from as many threads while the first request is held, then lets it go. Keeps the
// deliveries in order.
template <typename Service, typename Make>
std::vector<Delivery> send_together(Service& service, const Make& make, int n,
                                    const std::function<OutgoingBatch(int)>& of) {
    std::vector<Delivery> deliveries(static_cast<std::size_t>(n));
    std::vector<std::unique_ptr<Transport>> transports;
    for (int i = 0; i < n; ++i)
        transports.push_back(make());
    service.requests.gate.close();
    std::vector<std::thread> threads;
    std::vector<pid_t> ids(static_cast<std::size_t>(n));
    std::atomic<int> sending = 0;
    const auto start = [&](int i) {
        threads.emplace_back([&, i] {
            const OutgoingBatch outgoing = of(i + 1);
            ids[static_cast<std::size_t>(i)] = ::gettid();
            ++sending;
            deliveries[static_cast<std::size_t>(i)] = transports[static_cast<std::size_t>(i)]->send(outgoing);
        });
    };
    start(0);
    service.requests.wait_for(1);
    for (int i = 1; i < n; ++i)
        start(i);
    EXPECT_TRUE(eventually([&] { return sending == n; }));
    EXPECT_TRUE(all_wait(ids));
    service.requests.gate.open();
    for (std::thread& thread : threads)
        thread.join();
    return deliveries;
}

}  // namespace weir::test
