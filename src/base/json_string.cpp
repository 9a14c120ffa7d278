#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.h"
#include "base/utf8.h"

namespace weir {
namespace {

// Text is looked at in blocks: nearly all bytes stand for themselves.
constexpr std::size_t block = 16;
constexpr std::size_t longest_escape = 6;  // "\u001f"

// Copies a block; a bit for each byte of it that may not stand for itself: quote, backslash, control, not
// ASCII.
unsigned copy_block(const char* from, char* to) {
#ifdef __SSE2__
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    // As signed numbers, bytes that are not ASCII are below the space too.
    const __m128i special = _mm_or_si128(
        _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    return static_cast<unsigned>(_mm_movemask_epi8(special));
#else
    unsigned special = 0;
    for (std::size_t i = 0; i < block; ++i) {
        const auto c = static_cast<unsigned char>(from[i]);
        to[i] = from[i];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') special |= 1U << i;
    }
    return special;
#endif
}

char short_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

// Writes at the end of a string that is kept larger than what is written.
class Escaper {
  public:
    Escaper(std::string& out, std::size_t expected) : out_(out), used_(out.size()) {
        out_.resize(used_ + expected + expected / 8 + room);
    }
    ~Escaper() { out_.resize(used_); }
    Escaper(const Escaper&) = delete;
    Escaper& operator=(const Escaper&) = delete;

    void text(std::string_view text) {
        std::size_t i = 0;
        while (i + block <= text.size()) {
            make_room();
            const unsigned special = copy_block(text.data() + i, out_.data() + used_);
            const auto plain = special == 0 ? block : static_cast<std::size_t>(std::countr_zero(special));
            i += plain;
            used_ += plain;
            if (special == 0) continue;
            if (text[i] == '"' || text[i] == '\\') {  // nearly all that is special
                byte('\\');
                byte(text[i++]);
            } else {
                i += character(text, i);
            }
        }
        while (i < text.size()) {
            make_room();
            i += character(text, i);
        }
    }

    void byte(char c) { out_[used_++] = c; }

  private:
    static constexpr std::size_t room = block + longest_escape + 2;  // a block, what follows it, both quotes

    void make_room() {
        if (out_.size() - used_ < room) out_.resize(out_.size() + out_.size() / 2 + room);
    }

    // One character of the text; how many bytes it has there.
    std::size_t character(std::string_view text, std::size_t at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            byte(text[at]);
        } else if (const char escaped = short_escape(text[at]); escaped != 0) {
            byte('\\');
            byte(escaped);
        } else if (c < 0x20) {
            constexpr std::string_view digits = "0123456789abcdef";
            put("\\u00");
            byte(digits[c >> 4U]);
            byte(digits[c & 15U]);
        } else if (const std::size_t length = utf8_sequence_length(text, at); length > 0) {
            put(text.substr(at, length));
            return length;
        } else {
            put("\xEF\xBF\xBD");
        }
        return 1;
    }

    void put(std::string_view bytes) {
        std::memcpy(out_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }

    std::string& out_;
    std::size_t used_;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    Escaper escaper(out, text.size());
    escaper.byte('"');
    escaper.text(text);
    escaper.byte('"');
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace weir
