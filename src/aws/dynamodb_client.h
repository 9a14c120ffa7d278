#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "aws/dynamodb.h"
#include "aws/json_call.h"
#include "aws/random.h"

namespace weir::aws {

// DynamoDb over a Caller. Apart from make_dynamodb so that tests give the jitter.
class DynamoDbClient final : public DynamoDb {
  public:
    DynamoDbClient(Caller& caller, Clock& clock, RandomSource random)
        : caller_(caller), clock_(clock), random_(std::move(random)) {}

    Result<PutResult> put(const std::string& table, const Item& item, const Condition& condition) override;
    Result<std::optional<Item>> get(const std::string& table, const std::string& pk,
                                    const std::string& sk) override;
    Result<bool> erase(const std::string& table, const std::string& pk, const std::string& sk,
                       const Condition& condition) override;
    Result<void> put_all(const std::string& table, std::span<const EncodedItem> items) override;
    Result<QueryPage> query(const QueryRequest& request) override;
    Result<void> check_table(const std::string& table) override;
    [[nodiscard]] ConsumedCapacity consumed() const override { return {written_, read_}; }

  private:
    // One BatchWriteItem; returns the requests that were left unprocessed, each as JSON text.
    Result<std::vector<std::string>> write_batch(std::string input);
    void wait_before_round(unsigned round);

    Caller& caller_;
    Clock& clock_;
    RandomSource random_;
    std::atomic<double> written_{0};
    std::atomic<double> read_{0};
};

}  // namespace weir::aws
