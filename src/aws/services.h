#pragma once

#include "aws/call.h"

namespace weir::aws {

// The services weir speaks to (metadata of botocore's service models).
constexpr Service dynamodb_service{"dynamodb", "dynamodb", "DYNAMODB", "DynamoDB_20120810",
                                   "application/x-amz-json-1.0"};
constexpr Service sqs_service{"sqs", "sqs", "SQS", "AmazonSQS", "application/x-amz-json-1.0"};
constexpr Service kinesis_service{"kinesis", "kinesis", "KINESIS", "Kinesis_20131202",
                                  "application/x-amz-json-1.1"};
constexpr Service logs_service{"logs", "logs", "CLOUDWATCH_LOGS", "Logs_20140328",
                               "application/x-amz-json-1.1"};
constexpr Service lambda_service{"lambda", "lambda", "LAMBDA", "", "application/json"};
constexpr Service cloudformation_service{"cloudformation", "cloudformation", "CLOUDFORMATION", "",
                                         "application/x-www-form-urlencoded; charset=utf-8"};
constexpr Service sts_service{"sts", "sts", "STS", "", "application/x-www-form-urlencoded; charset=utf-8"};

}  // namespace weir::aws
