#include "aws/cloudformation.h"

#include <sstream>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>

#include "aws/services.h"
#include "http/message.h"

namespace weir::aws {
namespace {

using boost::property_tree::ptree;

std::map<std::string, std::string> read_outputs(const std::string& xml) {
    std::istringstream in{xml};
    ptree document;
    boost::property_tree::read_xml(in, document);
    std::map<std::string, std::string> outputs;
    const ptree none;
    const ptree& stack = document.get_child("DescribeStacksResponse.DescribeStacksResult.Stacks.member");
    for (const auto& [tag, output] : stack.get_child("Outputs", none))
        if (tag == "member")
            outputs[output.get<std::string>("OutputKey")] = output.get<std::string>("OutputValue");
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
    try {
        return read_outputs(answer->body);
    } catch (const boost::property_tree::ptree_error& error) {
        return fail(ErrorCode::unreachable, "answer-invalid",
                    fmt::format("the answer about the stack {} cannot be read: {}", stack, error.what()),
                    "see whether the endpoint is that of AWS");
    }
}

}  // namespace weir::aws
