#include "base/json_string.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/utf8.h"

namespace weir {
namespace {

// Text is looked at in blocks: nearly all bytes stand for themselves.
constexpr std::size_t block = 16;
constexpr std::size_t longest_escape = 6;  // "\u001f"

// What of a block may not stand for itself, a bit for each byte.
struct Special {
    unsigned marked = 0;  // quotes and backslashes
    unsigned other = 0;   // controls, and what is not ASCII
};

#ifdef __x86_64__

// SSE2, which every x86-64 has.
Special copy_block(const char* from, char* to) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const __m128i marked =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    // As signed numbers, bytes that are not ASCII are below the space too.
    const __m128i other = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    return {static_cast<unsigned>(_mm_movemask_epi8(marked)),
            static_cast<unsigned>(_mm_movemask_epi8(other))};
}

constexpr std::size_t half = 8;
using Shuffle = std::array<std::int8_t, 2 * half>;

// For each choice among eight bytes: where the bytes of the result come from, -1 for a backslash before a
// chosen one.
constexpr std::array<Shuffle, 1U << half> shuffles = [] {
    std::array<Shuffle, 1U << half> all{};
    for (unsigned chosen = 0; chosen < all.size(); ++chosen) {
        std::size_t to = 0;
        for (unsigned from = 0; from < half; ++from) {
            if ((chosen >> from & 1U) != 0) all[chosen][to++] = -1;
            all[chosen][to++] = static_cast<std::int8_t>(from);
        }
    }
    return all;
}();

const bool has_shuffle = __builtin_cpu_supports("ssse3") != 0 && __builtin_cpu_supports("popcnt") != 0;

// Copies a block with a backslash before each marked byte; writes up to 32 bytes and returns how many count.
__attribute__((target("ssse3,popcnt"))) std::size_t escape_block(const char* from, unsigned marked,
                                                                 char* to) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i backslash = _mm_set1_epi8('\\');
    std::size_t written = 0;
    for (const bool second : {false, true}) {
        const unsigned chosen = (second ? marked >> half : marked) & 0xFFU;
        const __m128i shuffle = _mm_loadu_si128(reinterpret_cast<const __m128i*>(shuffles[chosen].data()));
        const __m128i moved = _mm_shuffle_epi8(second ? _mm_srli_si128(bytes, half) : bytes, shuffle);
        const __m128i added = _mm_and_si128(_mm_cmplt_epi8(shuffle, _mm_setzero_si128()), backslash);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + written), _mm_or_si128(moved, added));
        written += half + static_cast<std::size_t>(__builtin_popcount(chosen));
    }
    return written;
}

#else

Special copy_block(const char* from, char* to) {
    Special special;
    for (std::size_t i = 0; i < block; ++i) {
        const auto c = static_cast<unsigned char>(from[i]);
        to[i] = from[i];
        if (c == '"' || c == '\\') special.marked |= 1U << i;
        if (c < 0x20 || c >= 0x80) special.other |= 1U << i;
    }
    return special;
}

constexpr bool has_shuffle = false;
std::size_t escape_block(const char*, unsigned, char*) {
    return 0;
}

#endif

bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
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
        out_.resize(used_ + expected + expected / 4 + room);
    }
    ~Escaper() { out_.resize(used_); }
    Escaper(const Escaper&) = delete;
    Escaper& operator=(const Escaper&) = delete;

    void text(std::string_view text) {
        std::size_t i = 0;
        while (i + block <= text.size()) {
            make_room();
            const Special special = copy_block(text.data() + i, out_.data() + used_);
            if (const unsigned any = special.marked | special.other; any == 0) {
                i += block;
                used_ += block;
            } else if (has_shuffle && special.other == 0) {
                used_ += escape_block(text.data() + i, special.marked, out_.data() + used_);
                i += block;
            } else {
                const auto plain = static_cast<std::size_t>(std::countr_zero(any));
                i += plain;
                used_ += plain;
                i += character(text, i);
            }
        }
        while (i < text.size()) {
            make_room();
            if (is_plain(static_cast<unsigned char>(text[i])))
                byte(text[i++]);
            else
                i += character(text, i);
        }
    }

    void byte(char c) { out_[used_++] = c; }
    [[nodiscard]] bool was_utf8() const { return was_utf8_; }

  private:
    // A block of which each byte is escaped, what follows it, both quotes.
    static constexpr std::size_t room = 2 * block + longest_escape + 2;

    void make_room() {
        if (out_.size() - used_ < room) out_.resize(out_.size() + out_.size() / 2 + room);
    }

    // One character of the text; how many bytes it has there.
    std::size_t character(std::string_view text, std::size_t at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (is_plain(c)) {
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
            was_utf8_ = false;
        }
        return 1;
    }

    void put(std::string_view bytes) {
        std::memcpy(out_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }

    std::string& out_;
    std::size_t used_;
    bool was_utf8_ = true;
};

}  // namespace

bool append_json_utf8(std::string& out, std::string_view text) {
    Escaper escaper(out, text.size());
    escaper.byte('"');
    escaper.text(text);
    escaper.byte('"');
    return escaper.was_utf8();
}

void append_json_string(std::string& out, std::string_view text) {
    static_cast<void>(append_json_utf8(out, text));
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace weir
