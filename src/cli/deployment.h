#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/aws_access.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/remote.h"
#include "event/aggregate_row.h"
#include "pipeline/producer.h"
#include "pipeline/verifier.h"
#include "store/store.h"
#include "store/view_reader.h"
#include "window/window.h"

namespace weir::cli {

// What a deployment says of itself.
struct DeploymentFacts {
    std::string group_by;
    std::string view;
    WindowSpec window;
    Duration retention{0};
    Timestamp now;  // its clock
};

// A pipeline that runs somewhere, as a command works on it: a `weir serve`, or the tables, the queue and the
// functions of a stack on AWS. For one thread; transports are for one thread each.
class Deployment {
  public:
    virtual ~Deployment() = default;

    // Where events, rows and dead letters are read.
    virtual Result<StoreReader*> store() = 0;
    virtual Result<DeploymentFacts> facts() = 0;
    // The field that a producer's rows must have; known before anything is stored.
    virtual Result<std::string> group_by() = 0;
    // The direct trigger: counts the window that ends at `at` (default: the present one) and stores it under
    // `run_id`.
    virtual Result<AggregateRow> aggregate(const std::string& run_id, std::optional<Timestamp> at) = 0;
    // A window counted, but not stored.
    virtual Result<AggregateRow> live(std::optional<Timestamp> at) = 0;
    // Where a producer sends its batches, and what that asks of them.
    virtual Result<Producer::MakeTransport> transports(ProducerOptions& options) = 0;
    // Where its views are read; null where there can be none.
    virtual ViewReader* views() { return nullptr; }
    // Waits until what was acknowledged is stored and counted as well, and returns how many events of the run
    // are; gives up when nothing more has come for a while. `progress` is told the number so far.
    virtual Result<std::uint64_t> wait_stored(const ProducedRun& run,
                                              const std::function<void(std::uint64_t)>& progress) = 0;
};

// --server and its like, and --aws and its like.
struct DeploymentOptions {
    RemoteOptions remote;
    AwsOptions aws;
    bool on_aws = false;
    std::string stack = "weir";
    std::string store;     // dynamodb://EVENTS/AGGREGATES
    std::string to;        // sqs://QUEUE or kinesis://STREAM
    std::string function;  // the aggregate function

    void declare(OptionTable& options);
    // For a command that does not send: without --to.
    void declare_triggering(OptionTable& options);
    // For a command that only reads: also without --function.
    void declare_reading(OptionTable& options);

    [[nodiscard]] bool is_aws() const { return on_aws || !store.empty(); }
};

// Nothing is asked of a server yet; of AWS, the outputs of the stack.
Result<std::unique_ptr<Deployment>> open_deployment(const DeploymentOptions& options, Console& console);

// deployment_aws.cpp
Result<std::unique_ptr<Deployment>> open_aws_deployment(const DeploymentOptions& options);
// The outputs of the stack, by name; empty when names are all given by flags.
Result<std::map<std::string, std::string>> outputs_of(AwsAccess& access, const DeploymentOptions& options);

}  // namespace weir::cli
