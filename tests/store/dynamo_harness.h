#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "aws/dynamodb.h"
#include "fake_dynamodb.h"
#include "harness.h"
#include "store/dynamo_store.h"

namespace weir::test {

inline DynamoOptions dynamo_options(Layout layout) {
    DynamoOptions options;
    options.events_table = "events";
    options.aggregates_table = "aggregates";
    options.identity = test_identity();
    options.layout = layout;
    options.retention = std::chrono::hours{4};  // wide scans visit every minute of it
    return options;
}

// A store on tables that outlive it.
class DynamoHarness : public Harness {
  public:
    DynamoHarness(std::unique_ptr<aws::DynamoDb> db, DynamoOptions options)
        : db_(std::move(db)), options_(std::move(options)) {}
    Store& store() override {
        if (!store_) reopen();
        return *store_;
    }
    void reopen() override {
        store_.reset();
        auto opened = open_dynamo_store(*db_, options_, clock);
        if (!opened) throw std::runtime_error(opened.error().message);
        store_ = std::move(*opened);
    }
    Capabilities capabilities() const override {
        return {.positions = false,
                .counts_replays = false,
                .dedups_across_batches = false,
                .consecutive_letters = false,
                .dirty_by_pane = false,
                .drops = false};
    }

  private:
    std::unique_ptr<aws::DynamoDb> db_;
    DynamoOptions options_;
    std::unique_ptr<Store> store_;
};

inline std::unique_ptr<Harness> fake_dynamo_harness(Layout layout) {
    auto db = std::make_unique<FakeDynamoDb>();
    for (const char* table : {"events", "aggregates"})
        db->create_table(table);
    return std::make_unique<DynamoHarness>(std::move(db), dynamo_options(layout));
}

// The same on a service that is there, with tables of its own; nothing when WEIR_TEST_DYNAMODB_ENDPOINT is
// not set. Credentials and region come from the environment, as for any program that uses AWS.
std::unique_ptr<Harness> live_dynamo_harness(Layout layout);

}  // namespace weir::test
