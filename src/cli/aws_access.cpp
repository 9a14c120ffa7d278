#include "cli/aws_access.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aws/cost_setting.h"
#include "aws/session.h"
#include "base/clock.h"
#include "transport/kinesis_transport.h"
#include "transport/sqs_transport.h"

namespace weir::cli {
namespace {

constexpr std::string_view queue_scheme = "sqs://";
constexpr std::string_view stream_scheme = "kinesis://";

// Of a message's 1 MiB these leave room for the envelope and, in a queue's text, for base64.
constexpr Bytes most_plain = 1'000_KiB;
constexpr Bytes most_compressed_in_text = 760_KiB;
constexpr Bytes most_compressed_in_bytes = 1'000_KiB;

std::optional<std::string> given(const std::string& value) {
    return value.empty() ? std::nullopt : std::optional(value);
}

}  // namespace

void AwsOptions::declare(OptionTable& options) {
    options.group("AWS account");
    options.add("profile", "NAME", profile, "Profile of the shared AWS files; without it $AWS_PROFILE");
    options.add("region", "NAME", region, "Region; without it $AWS_REGION, or the profile's");
    options.add("endpoint-url", "URL", endpoint,
                "Where all services are; without it $AWS_ENDPOINT_URL, or AWS itself");
}

AwsAccess::AwsAccess(std::unique_ptr<aws::Caller> caller)
    : caller_(std::move(caller)),
      dynamodb_(aws::make_dynamodb(*caller_, system_clock())),
      sqs_(aws::make_sqs(*caller_)),
      kinesis_(aws::make_kinesis(*caller_)),
      functions_(aws::make_lambda_invoke(*caller_)) {}

Result<std::unique_ptr<AwsAccess>> AwsAccess::open(const AwsOptions& options) {
    aws::SessionOptions session;
    session.profile = given(options.profile);
    session.region = given(options.region);
    session.endpoint = given(options.endpoint);
    Result<std::unique_ptr<aws::Caller>> caller =
        aws::open_session(session, aws::process_environment(), system_clock());
    if (!caller) return fail(std::move(caller).error());
    return std::unique_ptr<AwsAccess>(new AwsAccess(*std::move(caller)));
}

Result<Producer::MakeTransport> AwsAccess::transports(const std::string& address) {
    const auto cancel = [this] { caller_->cancel(); };
    if (address.starts_with(queue_scheme))
        return make_sqs_transports(*sqs_, address.substr(queue_scheme.size()), cancel);
    return make_kinesis_transports(*kinesis_, address.substr(stream_scheme.size()), cancel);
}

bool is_aws_address(const std::string& address) {
    return address.starts_with(queue_scheme) || address.starts_with(stream_scheme);
}

std::string fit_into_messages(const std::string& address, ProducerOptions& options) {
    const bool is_text = address.starts_with(queue_scheme);
    Bytes most = most_plain;
    if (options.compress && options.format == LineFormat::ndjson) {
        options.most_compressed = is_text ? most_compressed_in_text : most_compressed_in_bytes;
        most = aws::most_unpacked;
    } else if (options.compress && is_text) {
        most = most_compressed_in_text;  // for records that turn out not to compress
    }
    const Bytes asked = std::exchange(options.batch_bytes, std::min(options.batch_bytes, most));
    if (asked <= std::max(most, ProducerOptions{}.batch_bytes)) return {};
    return fmt::format("--batch-bytes {} is taken as {}: {}", format_bytes(asked), format_bytes(most),
                       most == aws::most_unpacked ? "the store function unpacks no more at once"
                                                  : "a message holds no more");
}

}  // namespace weir::cli
