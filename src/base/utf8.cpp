#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.h"

namespace weir {
namespace {

unsigned char byte(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

#ifdef __SSE2__
constexpr std::size_t block = sizeof(__m128i);

bool is_ascii_block(const char* bytes) {
    return _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))) == 0;
}
#else
constexpr std::size_t block = 1;

bool is_ascii_block(const char* bytes) {
    return static_cast<unsigned char>(*bytes) < 0x80;
}
#endif

}  // namespace

std::size_t utf8_sequence_length(std::string_view text, std::size_t at) {
    const unsigned char first = byte(text, at);
    if (first < 0x80) return 1;
    std::size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF)
        length = 2;
    else if (first >= 0xE0 && first <= 0xEF)
        length = 3;
    else if (first >= 0xF0 && first <= 0xF4)
        length = 4;
    else
        return 0;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (at + length > text.size()) return 0;
    if (byte(text, at + 1) < low || byte(text, at + 1) > high) return 0;
    for (std::size_t k = 2; k < length; ++k)
        if (byte(text, at + k) < 0x80 || byte(text, at + k) > 0xBF) return 0;
    return length;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (i + block <= text.size() && is_ascii_block(text.data() + i)) {
            i += block;
            continue;
        }
        const std::size_t length = utf8_sequence_length(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

}  // namespace weir
