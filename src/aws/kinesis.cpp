#include "aws/kinesis.h"

#include <fmt/format.h>

#include "aws/json_call.h"
#include "aws/services.h"
#include "base/base64.h"

namespace weir::aws {
namespace {

using nlohmann::json;

class KinesisClient final : public Kinesis {
  public:
    explicit KinesisClient(Caller& caller) : caller_(caller) {}

    Result<std::vector<KinesisPut>> put(const std::string& stream,
                                        const std::vector<KinesisRecord>& records) override {
        if (records.empty()) return std::vector<KinesisPut>{};
        if (records.size() > max_kinesis_records)
            return fail(ErrorCode::too_large, "batch-too-large",
                        fmt::format("{} records in one request; Kinesis takes {}", records.size(),
                                    max_kinesis_records),
                        "send fewer at once");
        json entries = json::array();
        for (const KinesisRecord& record : records)
            entries.push_back({{"Data", base64_encode(record.data)}, {"PartitionKey", record.partition_key}});
        const auto answer = call_json(caller_, kinesis_service, "PutRecords",
                                      {{"StreamName", stream}, {"Records", std::move(entries)}});
        if (!answer) return fail(answer.error());
        const json& results = array_member(answer->body, "Records");
        if (results.size() != records.size())
            return fail(ErrorCode::unreachable, "answer-invalid",
                        fmt::format("Kinesis answered for {} records of {}", results.size(), records.size()));
        std::vector<KinesisPut> puts;
        puts.reserve(records.size());
        for (const json& result : results) {
            std::string code = text_member(result, "ErrorCode");
            const bool stored = code.empty() && !text_member(result, "SequenceNumber").empty();
            puts.push_back({stored, std::move(code), text_member(result, "ErrorMessage")});
        }
        return puts;
    }

    Result<void> check_stream(const std::string& stream) override {
        const auto answer =
            call_json(caller_, kinesis_service, "DescribeStreamSummary", json{{"StreamName", stream}});
        if (!answer) return fail(answer.error());
        const auto summary = answer->body.find("StreamDescriptionSummary");
        const std::string status = summary != answer->body.end() && summary->is_object()
                                       ? text_member(*summary, "StreamStatus")
                                       : std::string{};
        // A stream whose shards are being changed takes records all the same.
        if (status == "ACTIVE" || status == "UPDATING") return {};
        return fail(ErrorCode::unavailable, "stream-not-active",
                    fmt::format("the stream {} is {}, not ACTIVE", stream, status),
                    "wait until the stack is deployed");
    }

  private:
    Caller& caller_;
};

}  // namespace

std::unique_ptr<Kinesis> make_kinesis(Caller& caller) {
    return std::make_unique<KinesisClient>(caller);
}

}  // namespace weir::aws
