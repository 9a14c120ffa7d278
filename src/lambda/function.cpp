#include "lambda/function.h"

#include <utility>

#include <fmt/format.h>

#include "aws/dynamodb.h"
#include "base/log.h"
#include "codec/text_excerpt.h"
#include "lambda/aggregate_handler.h"
#include "lambda/deadline_caller.h"
#include "lambda/store_handler.h"
#include "pipeline/aggregator.h"

namespace weir::lambda {
namespace {

// Before the invocation's deadline nothing is begun any more: no call to DynamoDB, whose own retries may wait
// for 1 + 2 + 4 seconds when it is throttled, and a second earlier no batch and no row, which are several
// calls.
constexpr Duration call_margin{8'000};
constexpr Duration work_margin{9'000};

// Rows are counted one by one over the network: a minute's function catches up a few hours a tick.
constexpr std::size_t max_rows_per_tick = 240;

class AggregateFunction final : public Handler {
  public:
    AggregateFunction(const Configuration& configuration, Store& store, const Clock& clock)
        : aggregator_(store, clock,
                      {.view = configuration.store.identity.view,
                       .window = configuration.store.identity.window,
                       .settle = Duration{0},
                       .retention = configuration.store.retention - configuration.store.identity.window.size,
                       .max_rows_per_tick = max_rows_per_tick,
                       .rows_per_put = 1,
                       .deadline_margin = work_margin,
                       .starts_often = true}),
          handler_(aggregator_, clock, configuration.clock_skew) {}
    Result<std::string> handle(Invocation invocation) override {
        return handler_.handle(std::move(invocation));
    }

  private:
    Aggregator aggregator_;
    AggregateHandler handler_;
};

// An answer of DynamoDB takes milliseconds; a call that hangs must not use up the function's own time.
aws::SessionOptions session_options() {
    aws::SessionOptions options;
    options.max_attempts = 4;
    options.connect_timeout = std::chrono::seconds{2};
    options.timeout = std::chrono::seconds{8};
    return options;
}

// Owns what its handler stands on.
class DeployedFunction final : public Handler {
  public:
    DeployedFunction(std::unique_ptr<aws::Caller> aws, Clock& clock)
        : calls_(std::move(aws), clock, call_margin), db_(aws::make_dynamodb(calls_, clock)) {}

    static Result<std::unique_ptr<Handler>> make(const std::string& name, const Configuration& configuration,
                                                 std::unique_ptr<aws::Caller> aws, Clock& clock) {
        auto function = std::make_unique<DeployedFunction>(std::move(aws), clock);
        auto store = open_dynamo_store(*function->db_, configuration.store, clock);
        if (!store) return fail(std::move(store).error());
        function->store_ = *std::move(store);
        auto handler = make_handler(name, configuration, *function->store_, clock);
        if (!handler) return handler;
        function->handler_ = *std::move(handler);
        return std::unique_ptr<Handler>(std::move(function));
    }
    Result<std::string> handle(Invocation invocation) override {
        calls_.set_deadline(invocation.deadline);
        const aws::ConsumedCapacity before = db_->consumed();
        auto answer = handler_->handle(std::move(invocation));
        const aws::ConsumedCapacity after = db_->consumed();
        // What weir cost --measure adds up.
        log(LogLevel::info, "units consumed",
            {{"write", fmt::format("{}", after.write_units - before.write_units)},
             {"read", fmt::format("{}", after.read_units - before.read_units)}});
        return answer;
    }

  private:
    DeadlineCaller calls_;
    std::unique_ptr<aws::DynamoDb> db_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Handler> handler_;
};

StoreHandler::Options store_options(const Configuration& configuration) {
    StoreHandler::Options options;
    options.deadline_margin = work_margin;
    options.group_by = configuration.store.identity.group_by;
    options.limits.future_skew = configuration.clock_skew;
    options.limits.retention = configuration.store.retention;
    return options;
}

}  // namespace

Result<std::unique_ptr<Handler>> make_handler(const std::string& name, const Configuration& configuration,
                                              Store& store, const Clock& clock) {
    if (name == "store")
        return std::unique_ptr<Handler>(
            std::make_unique<StoreHandler>(store, clock, store_options(configuration)));
    if (name == "aggregate")
        return std::unique_ptr<Handler>(std::make_unique<AggregateFunction>(configuration, store, clock));
    return fail(ErrorCode::usage, "handler-unknown",
                fmt::format("the function's handler is {}", excerpt(name)),
                "set it to store or aggregate (deploy/template.yaml does)");
}

Result<std::unique_ptr<Handler>> make_function(const std::string& name, const aws::Environment& environment,
                                               Clock& clock) {
    const auto configuration = read_configuration(environment);
    if (!configuration) return fail(configuration.error());
    auto session = aws::open_session(session_options(), environment, clock);
    if (!session) return fail(std::move(session).error());
    return make_function(name, *configuration, *std::move(session), clock);
}

Result<std::unique_ptr<Handler>> make_function(const std::string& name, const Configuration& configuration,
                                               std::unique_ptr<aws::Caller> aws, Clock& clock) {
    return DeployedFunction::make(name, configuration, std::move(aws), clock);
}

}  // namespace weir::lambda
