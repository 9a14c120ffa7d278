#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "aws/json_call.h"
#include "aws/services.h"
#include "aws/session.h"
#include "dynamo_harness.h"

namespace weir::test {
namespace {

using nlohmann::json;

// Two tables, deleted at the end, and their connection.
class LiveTables final : public aws::DynamoDb {
  public:
    explicit LiveTables(const std::string& endpoint) {
        aws::SessionOptions options;
        options.endpoint = endpoint;
        auto opened = aws::open_session(options, aws::process_environment(), system_clock());
        if (!opened) throw std::runtime_error(opened.error().message);
        caller_ = std::move(*opened);
        db_ = aws::make_dynamodb(*caller_, system_clock());
        static int made = 0;
        const std::string name = "weir-test-" + std::to_string(getpid()) + "-" +
                                 std::to_string(to_ms(system_clock().now())) + "-" + std::to_string(++made);
        names_ = {name + "-events", name + "-aggregates"};
        for (const std::string& table : names_)
            create(table);
    }
    ~LiveTables() override {
        for (const std::string& table : names_) {
            const auto gone =
                aws::call_json(*caller_, aws::dynamodb_service, "DeleteTable", {{"TableName", table}});
            EXPECT_TRUE(gone.has_value()) << "the table " << table << " is left over";
        }
    }
    LiveTables(const LiveTables&) = delete;
    LiveTables& operator=(const LiveTables&) = delete;

    const std::string& events() const { return names_[0]; }
    const std::string& aggregates() const { return names_[1]; }

    Result<aws::PutResult> put(const std::string& table, const aws::Item& item,
                               const aws::Condition& condition) override {
        return db_->put(table, item, condition);
    }
    Result<std::optional<aws::Item>> get(const std::string& table, const std::string& pk,
                                         const std::string& sk) override {
        return db_->get(table, pk, sk);
    }
    Result<bool> erase(const std::string& table, const std::string& pk, const std::string& sk,
                       const aws::Condition& condition) override {
        return db_->erase(table, pk, sk, condition);
    }
    Result<void> put_all(const std::string& table, std::span<const aws::EncodedItem> items) override {
        return db_->put_all(table, items);
    }
    Result<aws::QueryPage> query(const aws::QueryRequest& request) override { return db_->query(request); }
    Result<void> check_table(const std::string& table) override { return db_->check_table(table); }
    aws::ConsumedCapacity consumed() const override { return db_->consumed(); }

  private:
    void create(const std::string& table) {
        const auto key = [](const char* name, const char* type) {
            return json{{"AttributeName", name}, {"KeyType", type}};
        };
        const auto attribute = [](const char* name) {
            return json{{"AttributeName", name}, {"AttributeType", "S"}};
        };
        const json input{{"TableName", table},
                         {"BillingMode", "PAY_PER_REQUEST"},
                         {"KeySchema", json::array({key("pk", "HASH"), key("sk", "RANGE")})},
                         {"AttributeDefinitions", json::array({attribute("pk"), attribute("sk")})}};
        const auto created = aws::call_json(*caller_, aws::dynamodb_service, "CreateTable", input);
        if (!created) throw std::runtime_error(created.error().message);
        constexpr int most_looks = 600;
        for (int i = 0; i < most_looks; ++i) {
            if (db_->check_table(table)) return;
            system_clock().sleep_until(system_clock().steady_now() + std::chrono::milliseconds{100});
        }
        throw std::runtime_error("the table " + table + " does not become active");
    }

    std::unique_ptr<aws::Caller> caller_;
    std::unique_ptr<aws::DynamoDb> db_;
    std::array<std::string, 2> names_;
};

}  // namespace

std::unique_ptr<Harness> live_dynamo_harness(Layout layout) {
    const char* endpoint = std::getenv("WEIR_TEST_DYNAMODB_ENDPOINT");
    if (endpoint == nullptr || *endpoint == '\0') return nullptr;
    auto tables = std::make_unique<LiveTables>(endpoint);
    DynamoOptions options = dynamo_options(layout);
    options.events_table = tables->events();
    options.aggregates_table = tables->aggregates();
    options.shards = 1;  // a scan of many minutes is a request for each and shard
    return std::make_unique<DynamoHarness>(std::move(tables), std::move(options));
}

}  // namespace weir::test
