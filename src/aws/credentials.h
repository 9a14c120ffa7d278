#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace weir::aws {

struct Credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token{};         // empty: long-lived keys
    std::optional<Timestamp> expires{};  // nothing: never
    std::string source{};                // for messages: "environment"
};

// One place where credentials may be. For one thread at a time.
class CredentialSource {
  public:
    virtual ~CredentialSource() = default;
    // Nothing when the place has none, so that the next is asked; an error when it should have them but they
    // cannot be had.
    virtual Result<std::optional<Credentials>> load() = 0;
    // For the message when no place has any: "the environment (AWS_ACCESS_KEY_ID is not set)".
    [[nodiscard]] virtual std::string looked_at() const = 0;
};

}  // namespace weir::aws
