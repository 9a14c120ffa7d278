#pragma once

#include <deque>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "aws/call.h"

namespace weir::aws::test {

// A Caller that answers as a test has written and remembers what it was asked.
class RecordedCaller final : public Caller {
  public:
    struct Asked {
        std::string service, operation;
        Request request;
        [[nodiscard]] nlohmann::json input() const { return nlohmann::json::parse(request.body); }
    };

    Result<Answer> call(const Service& service, Request request) override {
        std::string operation;
        for (const auto& [name, value] : request.headers)
            if (name == "X-Amz-Target") operation = value.substr(value.find('.') + 1);
        asked.push_back({std::string{service.name}, operation, std::move(request)});
        if (answers.empty())
            return fail(ErrorCode::internal, "unscripted", "the test has no answer for this");
        Result<Answer> next = std::move(answers.front());
        answers.pop_front();
        return next;
    }
    void cancel() override {}
    [[nodiscard]] const std::string& region() const override { return region_; }

    void answer(std::string body, std::string error_code = {},
                std::vector<std::pair<std::string, std::string>> headers = {}) {
        Answer next;
        next.status = error_code.empty() ? 200 : 400;
        next.body = std::move(body);
        next.error_code = std::move(error_code);
        next.headers = std::move(headers);
        answers.emplace_back(std::move(next));
    }
    void refuse(ErrorCode code, std::string reason, std::string message = "why") {
        answers.emplace_back(fail(code, std::move(reason), std::move(message)));
    }

    std::deque<Result<Answer>> answers;
    std::vector<Asked> asked;

  private:
    std::string region_ = "eu-central-1";
};

}  // namespace weir::aws::test
