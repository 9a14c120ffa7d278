#include "codec/text_excerpt.h"

#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t max_excerpt_bytes = 64;

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string excerpt(std::string_view text) {
    if (text.size() <= max_excerpt_bytes) return '\'' + printable(text) + '\'';
    std::size_t end = max_excerpt_bytes;
    // A character has at most three continuation bytes; more of them are no UTF-8 and may be cut anywhere.
    while (end > max_excerpt_bytes - 3 && continues_character(text[end]))
        --end;
    return '\'' + printable(text.substr(0, end)) + "…'";
}

}  // namespace weir
