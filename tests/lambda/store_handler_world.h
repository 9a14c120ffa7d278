#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/events.h"
#include "lambda/store_handler.h"
#include "store/forwarding_store.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::lambda {

inline const StoreIdentity stored_as{
    "County", "county-5m", {.pane = Duration{10'000}, .lateness = Duration{60'000}}};

// The store in memory, which keeps what was committed and fails when it is told to.
class WatchedStore final : public weir::test::ForwardingStore {
  public:
    WatchedStore() : ForwardingStore(make_memory_store(stored_as)) {}
    std::function<std::optional<Error>(const Batch&)> fails;
    std::function<void()> at_commit;
    std::optional<Error> outer_error;
    std::vector<Batch> committed;
    std::vector<std::size_t> groups;

    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override {
        if (at_commit) at_commit();
        if (outer_error) return fail(*outer_error);
        groups.push_back(group.size());
        std::vector<Result<Verdict>> answers;
        std::set<std::string> ids;
        for (Batch& batch : group) {
            EXPECT_TRUE(ids.insert(batch.batch_id).second) << "one id twice in a group";
            committed.push_back(batch);
            auto error = fails ? fails(batch) : std::nullopt;
            if (error)
                answers.emplace_back(fail(*std::move(error)));
            else
                answers.push_back(inner().commit({&batch, 1}).value().at(0));
        }
        return answers;
    }
};

class StoreHandlerTest : public ::testing::Test {
  protected:
    // The ids that the answer names, checked against the contract: an object with one list, every id one of
    // the event's, none twice, nothing null.
    std::vector<std::string> handle(const std::string& event, Timestamp deadline = max_timestamp) {
        const auto answer = handler().handle({"request", event, deadline});
        if (!answer) {
            ADD_FAILURE() << answer.error().message;
            return {};
        }
        const auto json = nlohmann::json::parse(*answer);
        EXPECT_EQ(json.size(), 1U) << *answer;
        const auto event_json = nlohmann::json::parse(event);
        std::set<std::string> known;
        for (const auto& record : event_json["Records"])
            known.insert(record.contains("kinesis") ? record["kinesis"]["sequenceNumber"].get<std::string>()
                                                    : record["messageId"].get<std::string>());
        std::vector<std::string> failed;
        for (const auto& failure : json.at("batchItemFailures")) {
            EXPECT_EQ(failure.size(), 1U);
            failed.push_back(failure.at("itemIdentifier").get<std::string>());
            EXPECT_TRUE(known.contains(failed.back())) << failed.back();
        }
        EXPECT_EQ(std::set<std::string>(failed.begin(), failed.end()).size(), failed.size());
        return failed;
    }
    StoreHandler& handler() {
        if (!handler_) handler_ = std::make_unique<StoreHandler>(store, clock, options);
        return *handler_;
    }
    std::uint64_t stored() { return store.ledger()->stored; }

    WatchedStore store;
    weir::test::ManualClock clock{test::now()};
    StoreHandler::Options options;

  private:
    std::unique_ptr<StoreHandler> handler_;
};

using Ids = std::vector<std::string>;

}  // namespace weir::lambda
