#include "aws/cloudformation.h"

#include <fmt/format.h>

#include "aws/services.h"
#include "aws/xml.h"
#include "http/message.h"

namespace weir::aws {
namespace {

std::optional<std::map<std::string, std::string>> read_outputs(const std::string& answer) {
    const auto document = read_xml(answer);
    const XmlElement* const stacks = document ? document->find("Stacks") : nullptr;
    const XmlElement* const stack = stacks != nullptr ? stacks->child("member") : nullptr;
    if (stack == nullptr) return std::nullopt;
    std::map<std::string, std::string> outputs;
    if (const XmlElement* const list = stack->child("Outputs"))
        for (const XmlElement& output : list->children)
            outputs[output.text_of("OutputKey")] = output.text_of("OutputValue");
    return outputs;
}

}  // namespace

Result<std::map<std::string, std::string>> stack_outputs(Caller& caller, const std::string& stack) {
    Request request;
    request.headers = {{"Content-Type", std::string{cloudformation_service.content_type}}};
    request.body =
        fmt::format("Action=DescribeStacks&StackName={}&Version=2010-05-15", http::percent_encode(stack));
    const auto answer = caller.call(cloudformation_service, std::move(request));
    if (!answer) {
        Error error = answer.error();
        if (error.reason == "ValidationError" && error.message.find("does not exist") != std::string::npos) {
            error.code = ErrorCode::not_found;
            error.hint = fmt::format(
                "check the name given with --stack and the region ({}), or deploy the stack first",
                caller.region());
        }
        return fail(std::move(error));
    }
    auto outputs = read_outputs(answer->body);
    if (!outputs)
        return fail(ErrorCode::unreachable, "answer-invalid",
                    fmt::format("the answer about the stack {} cannot be read", stack),
                    "see whether the endpoint is that of AWS");
    return std::move(*outputs);
}

}  // namespace weir::aws
