#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/call.h"
#include "aws/dynamodb.h"
#include "aws/kinesis.h"
#include "aws/lambda_invoke.h"
#include "aws/sqs.h"
#include "base/result.h"
#include "cli/options.h"
#include "pipeline/producer.h"

namespace weir::cli {

// Which account, region and endpoint: what is not given is looked for where every AWS tool looks.
struct AwsOptions {
    std::string profile, region, endpoint;

    // --profile, --region and --endpoint-url, under the title "AWS account".
    void declare(OptionTable& options);
};

// The services of one account, over one session. Thread-safe.
class AwsAccess {
  public:
    static Result<std::unique_ptr<AwsAccess>> open(const AwsOptions& options);

    aws::Caller& caller() { return *caller_; }
    aws::DynamoDb& dynamodb() { return *dynamodb_; }
    aws::Sqs& sqs() { return *sqs_; }
    aws::Kinesis& kinesis() { return *kinesis_; }
    aws::LambdaInvoke& functions() { return *functions_; }

    // `sqs://QUEUE` or `kinesis://STREAM`; this object must outlive the transports.
    Result<Producer::MakeTransport> transports(const std::string& address);

  private:
    explicit AwsAccess(std::unique_ptr<aws::Caller> caller);

    std::unique_ptr<aws::Caller> caller_;
    std::unique_ptr<aws::DynamoDb> dynamodb_;
    std::unique_ptr<aws::Sqs> sqs_;
    std::unique_ptr<aws::Kinesis> kinesis_;
    std::unique_ptr<aws::LambdaInvoke> functions_;
};

// Whether an address names a queue or a stream of AWS.
bool is_aws_address(const std::string& address);

// Makes batches fit into a message of the queue or stream. Returns what a person should know of it: that they
// are smaller than was asked for; else nothing.
std::string fit_into_messages(const std::string& address, ProducerOptions& options);

}  // namespace weir::cli
