#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lambda/event_reader.h"

namespace weir::lambda {

// Which messages of an event have failed, as Lambda wants to be told (Developer Guide, "Implementing partial
// batch responses"): for SQS each of them, for Kinesis the first alone, as a checkpoint.
class PartialAnswer {
  public:
    // `event` outlives it.
    explicit PartialAnswer(const ReceivedEvent& event)
        : event_(event), failed_(event.messages.size(), false) {}

    void fail(std::size_t message) { failed_[message] = true; }
    // Whether nothing after the first failure may be begun.
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] std::size_t failures() const;  // messages that will be delivered again
    // `{"batchItemFailures":[{"itemIdentifier":"…"}]}`, each id once.
    [[nodiscard]] std::string json() const;

  private:
    [[nodiscard]] std::size_t first() const;

    const ReceivedEvent& event_;
    std::vector<bool> failed_;
};

}  // namespace weir::lambda
