// A backlog in front of a table of provisioned capacity, in simulated time: the queue, the store function and
// the throttled table as deploy/template.yaml sets them up.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/retry.h"
#include "codec/message_envelope.h"
#include "lambda/events.h"
#include "lambda/function.h"
#include "support/manual_clock.h"

namespace weir::lambda {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::Message;

// deploy/template.yaml with Billing=provisioned: two calls share 24 write units a second.
constexpr double units_a_second = 12;
constexpr Duration timeout = 300s, hidden = 1800s;
constexpr int most_receives = 20;
constexpr std::size_t batch_size = 5;

constexpr Duration round_trip{8};

// DynamoDB as a throttled table is seen by one of two calls: units come at an even rate and are saved up for
// no more than a second; a request writes as many of its items as there are units for, and one for which
// there are none is refused. As another call's requests take units too, a third of the requests find none.
// What is refused is tried as often as the functions' session tries.
class ThrottledTable final : public aws::Caller {
  public:
    explicit ThrottledTable(weir::test::ManualClock& clock) : clock_(clock) {}

    Result<aws::Answer> call(const aws::Service& service, aws::Request request) override {
        EXPECT_EQ(service.name, "dynamodb");
        const std::string target = request.headers.at(1).second;
        const json input = json::parse(request.body);
        if (target.ends_with(".GetItem")) return answer(json{});
        for (unsigned attempt = 1; attempt <= 4; ++attempt) {
            clock_.advance(round_trip);
            if (const double units = refused() ? 0 : available(); units >= 1) return write(input, units);
            if (attempt < 4)
                clock_.advance(aws::retry_delay(aws::RetryKind::throttle, attempt, share_(random_), {}));
        }
        return fail(ErrorCode::overloaded, "ProvisionedThroughputExceededException", "slower");
    }
    void cancel() override {}
    [[nodiscard]] const std::string& region() const override { return region_; }

    [[nodiscard]] std::size_t events() const { return count("E#"); }
    [[nodiscard]] std::size_t counts() const { return count("D#"); }
    double units_used = 0;

  private:
    static Result<aws::Answer> answer(const json& body) {
        aws::Answer answer;
        answer.status = 200;
        answer.body = body.is_null() ? "{}" : body.dump();
        return answer;
    }
    bool refused() { return share_(random_) < 1.0 / 3; }
    double available() {
        const double seconds = std::chrono::duration<double>(clock_.now() - filled_).count();
        filled_ = clock_.now();
        return units_ = std::min(units_a_second, units_ + seconds * units_a_second);
    }
    Result<aws::Answer> write(const json& input, double units) {
        if (input.contains("Item")) {
            put(input["Item"]);
            return answer(json{});
        }
        const json& items = input["RequestItems"]["events"];
        json left = json::array();
        for (const json& item : items)
            if (units >= 1) {
                put(item["PutRequest"]["Item"]);
                --units;
            } else {
                left.push_back(item);
            }
        return answer(left.empty() ? json{} : json{{"UnprocessedItems", {{"events", left}}}});
    }
    void put(const json& item) {
        keys_.insert(item["pk"]["S"].get<std::string>() + ' ' + item["sk"]["S"].get<std::string>());
        --units_;
        ++units_used;
    }
    [[nodiscard]] std::size_t count(const std::string& prefix) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(keys_, [&](const std::string& key) { return key.starts_with(prefix); }));
    }

    weir::test::ManualClock& clock_;
    std::mt19937 random_{1};
    std::uniform_real_distribution<double> share_{0, 1};
    double units_ = 0;
    Timestamp filled_ = clock_.now();
    std::set<std::string> keys_;
    std::string region_ = "us-east-1";
};

struct Waiting {
    Message message;
    Timestamp visible;
    int receives = 0;
};

class ThrottledBacklog : public ::testing::Test {
  protected:
    ThrottledBacklog() {
        Configuration configuration;
        configuration.store.events_table = "events";
        configuration.store.aggregates_table = "aggregates";
        configuration.store.identity = {
            "County", "county-5m", {.pane = Duration{10'000}, .lateness = Duration{60'000}}};
        configuration.store.connections = 1;  // so that the simulated time is one
        configuration.clock_skew = 60s;
        auto owned = std::make_unique<ThrottledTable>(clock);
        table = owned.get();
        function = make_function("store", configuration, std::move(owned), clock).value();
    }

    // What weir stream sends: so many events a message, each to be an item of its own.
    void send(std::size_t messages, std::size_t events) {
        for (std::size_t m = 0; m < messages; ++m) {
            std::string lines;
            for (std::size_t e = 0; e < events; ++e)
                lines += test::event_line("r" + std::to_string(m) + "-" + std::to_string(e)) + "\n";
            const std::string id = "r" + std::to_string(m) + "-b1";
            queue.push_back({{"m-" + std::to_string(m),
                              write_message({id, "application/x-ndjson", ""}, lines, MessageForm::text)},
                             clock.now()});
        }
    }

    // One call with what is visible. False when nothing is.
    bool deliver() {
        std::ranges::shuffle(queue, random_);  // SQS promises no order
        std::vector<Message> messages;
        for (Waiting& waiting : queue)
            if (messages.size() < batch_size && waiting.visible <= clock.now()) {
                messages.push_back(waiting.message);
                waiting.visible = clock.now() + hidden;
                receives = std::max(receives, ++waiting.receives);
            }
        if (messages.empty()) return false;
        const Timestamp deadline = clock.now() + timeout;
        const auto answer = function->handle({"r", test::sqs_event(messages), deadline});
        EXPECT_LT(clock.now(), deadline) << "timed out";
        std::set<std::string> failed;
        const json failures = json::parse(answer.value())["batchItemFailures"];
        for (const json& failure : failures)
            failed.insert(failure["itemIdentifier"].get<std::string>());
        std::erase_if(queue, [&](const Waiting& waiting) {
            return std::ranges::find(messages, waiting.message.id, &Message::id) != messages.end() &&
                   !failed.contains(waiting.message.id);
        });
        return true;
    }

    void deliver_all() {
        while (!queue.empty() && receives <= most_receives)
            if (!deliver()) clock.advance(10s);
    }

    weir::test::ManualClock clock{test::now()};
    ThrottledTable* table = nullptr;  // the function's
    std::unique_ptr<Handler> function;
    std::vector<Waiting> queue;
    int receives = 0;

  private:
    std::mt19937 random_{1};
};

TEST_F(ThrottledBacklog, is_stored_at_last_and_no_message_is_given_up) {
    send(60, 1000);
    deliver_all();
    EXPECT_TRUE(queue.empty()) << queue.size() << " messages were received " << receives << " times";
    EXPECT_EQ(table->events(), 60'000U);
    EXPECT_GE(table->counts(), 60U);
    EXPECT_LE(receives, most_receives / 2) << "far from the dead-letter queue";
    EXPECT_LT(table->units_used, 60'000 * 5 / 4) << "nearly all is written once";
}

TEST_F(ThrottledBacklog, of_small_messages_is_stored_too) {
    send(400, 20);
    deliver_all();
    EXPECT_TRUE(queue.empty()) << queue.size() << " messages were received " << receives << " times";
    EXPECT_EQ(table->events(), 8'000U);
    EXPECT_LE(receives, most_receives / 2);
}

}  // namespace
}  // namespace weir::lambda
