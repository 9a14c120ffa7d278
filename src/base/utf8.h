#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// Length in bytes of the well-formed UTF-8 sequence that begins at `at`, or 0 when there is none (Unicode 15,
// table 3-7: no surrogates, no overlong forms). `at` < text.size().
std::size_t utf8_sequence_length(std::string_view text, std::size_t at);

}  // namespace weir
