#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/batch_builder.h"
#include "codec/json_event_parser.h"

namespace weir {

// Events that come in a form that is no line of weir's: each is written as the JSON line that stands for it,
// which is then read like any other. Not thread-safe.
class ComposedEvents {
  public:
    // `number` and `original`: of a line as it came, for a dead letter. When a call is false: see error().
    ComposedEvents(BatchBuilder& builder, JsonEventParser& parser, PaddedLine& padded)
        : builder_(builder), parser_(parser), padded_(padded) {}

    bool begin_line() { return builder_.begin_line() || refused(builder_.error()); }
    // Whether `json` is one JSON object none of whose names stands twice; else `rejection` says what is
    // wrong.
    bool check_object(std::string_view json, Rejection& rejection);
    // `json`: one object without a line break. What makes it no event is the original's reason.
    bool add(std::string_view json, std::uint64_t number, std::string_view original);
    bool reject(std::uint64_t number, Rejection rejection, std::string_view original);
    bool reject_long(std::uint64_t number, std::string_view original);

    [[nodiscard]] const Error& error() const { return error_; }
    // The lines of all events, for Batch::text.
    [[nodiscard]] std::string& text() { return text_; }

  private:
    bool refused(Error error);

    BatchBuilder& builder_;
    JsonEventParser& parser_;
    PaddedLine& padded_;
    std::string text_;
    EventFields fields_;
    Rejection rejection_;
    Error error_;
};

}  // namespace weir
