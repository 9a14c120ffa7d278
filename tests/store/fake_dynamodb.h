#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/dynamodb.h"

namespace weir::test {

// DynamoDB in memory, as its documents describe it: conditions, the order of sort keys, pages of 1 MB, limits
// of items, keys and numbers, placeholders that must be used, and the units that each request is billed by.
// Strict where it can be: bare attribute names in expressions may be keys only, as any other may be a
// reserved word; put_all writes in an order of its own. Thread-safe.
class FakeDynamoDb final : public aws::DynamoDb {
  public:
    using Table = std::map<std::pair<std::string, std::string>, aws::Item>;  // by pk and sk

    void create_table(const std::string& name);
    // All items of a table.
    Table items(const std::string& table) const;
    // Alters a table behind everyone's back.
    void alter(const std::string& table, const std::function<void(Table&)>& change);

    // Asked before each write of an item (with an item of just the keys for an erase): the error that it
    // fails with.
    using WriteFault = std::function<std::optional<Error>(const std::string& table, const aws::Item& item)>;
    void set_write_fault(WriteFault fault);
    // The k-th write of an item from now, from 1, fails, and all that follow: as if the function died there.
    // With `applied` it is written all the same, and only its answer is lost.
    void crash_at(std::uint64_t k, bool applied);
    void heal();
    bool crashed() const;
    std::uint64_t writes() const;  // of items, since crash_at or the start
    // Asked before each page of a query.
    using QueryFault = std::function<std::optional<Error>(const aws::QueryRequest& request)>;
    void set_query_fault(QueryFault fault);

    std::uint64_t queries() const;
    std::uint64_t inconsistent_reads() const;
    std::size_t most_at_once() const;  // requests that ran at the same time, at most
    void set_latency(Duration latency);

    Result<aws::PutResult> put(const std::string& table, const aws::Item& item,
                               const aws::Condition& condition = {}) override;
    Result<std::optional<aws::Item>> get(const std::string& table, const std::string& pk,
                                         const std::string& sk) override;
    Result<bool> erase(const std::string& table, const std::string& pk, const std::string& sk,
                       const aws::Condition& condition = {}) override;
    Result<void> put_all(const std::string& table, std::span<const aws::EncodedItem> items) override;
    Result<aws::QueryPage> query(const aws::QueryRequest& request) override;
    Result<void> check_table(const std::string& table) override;
    [[nodiscard]] aws::ConsumedCapacity consumed() const override;

  private:
    class Running;  // a request that runs

    Result<Table*> find(const std::string& table);
    Result<void> write(const std::string& table, Table& items, const aws::Item& item);
    std::optional<Error> fault_of(const std::string& table, const aws::Item& item, bool& applied);

    mutable std::mutex mutex_;  // guards all that follows
    std::map<std::string, Table> tables_;
    WriteFault write_fault_;
    QueryFault query_fault_;
    std::uint64_t writes_ = 0, crash_at_ = 0, queries_ = 0, inconsistent_reads_ = 0;
    bool crash_applied_ = false;
    aws::ConsumedCapacity consumed_;
    std::size_t running_ = 0, most_running_ = 0;
    Duration latency_{0};
};

}  // namespace weir::test
