#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/call.h"
#include "base/result.h"

namespace weir::aws {

constexpr std::size_t max_kinesis_records = 500;  // a PutRecords
constexpr std::size_t max_kinesis_request_bytes =
    5'000'000;  // data and partition keys; AWS takes 10 MiB since 2025, older endpoints 5 MB
constexpr std::size_t max_kinesis_record_bytes =
    1'048'576;  // data and partition key, unless the stream allows more

struct KinesisRecord {
    std::string partition_key;  // 1 to 256 characters
    std::string data;           // bytes
};
struct KinesisPut {
    bool stored = false;
    std::string code;  // "ProvisionedThroughputExceededException"
    std::string message;
};

// A stream. Thread-safe. Errors are those of Caller.
class Kinesis {
  public:
    virtual ~Kinesis() = default;
    // One result a record, in order; a record that was not stored is the caller's to send again.
    virtual Result<std::vector<KinesisPut>> put(const std::string& stream,
                                                const std::vector<KinesisRecord>& records) = 0;
    // Whether the stream is there and ACTIVE.
    virtual Result<void> check_stream(const std::string& stream) = 0;
};

std::unique_ptr<Kinesis> make_kinesis(Caller& caller);

}  // namespace weir::aws
