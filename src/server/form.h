#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "server/router.h"

namespace weir {

// What an answer may be written as.
enum class Form { json, ndjson, csv };

std::string_view media_type_of(Form form);

// The form that a request asks for among the `offered` ones: by `?format=` (json, ndjson, csv), or else by
// Accept (RFC 9110, section 12.5.1; of equally wanted ones the first), or else the first. A `format` that is
// not offered is ErrorCode::invalid, "query-invalid" (400); an Accept that takes none, "not-acceptable"
// (406).
Result<Form> wanted_form(const Call& call, std::span<const Form> offered);

}  // namespace weir
