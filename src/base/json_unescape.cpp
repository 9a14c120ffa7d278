#include "base/json_unescape.h"

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace weir {
namespace {

// By the byte after the backslash: what both stand for, 0 for \u and what is no escape.
constexpr std::array<char, 256> short_escapes = [] {
    std::array<char, 256> table{};
    table['"'] = '"';
    table['\\'] = '\\';
    table['/'] = '/';
    table['b'] = '\b';
    table['f'] = '\f';
    table['n'] = '\n';
    table['r'] = '\r';
    table['t'] = '\t';
    return table;
}();

// A short escape where `done` stands; false when there is none.
bool short_escape(std::string_view escaped, char* to, UnescapeProgress& done) {
    if (done.read + 1 >= escaped.size()) return false;
    const char stands_for = short_escapes[static_cast<unsigned char>(escaped[done.read + 1])];
    if (stands_for == 0) return false;
    to[done.written++] = stands_for;
    done.read += 2;
    return true;
}

UnescapeProgress unescape_bytes(std::string_view escaped, char* to) {
    UnescapeProgress done;
    while (done.read < escaped.size()) {
        if (escaped[done.read] != '\\')
            to[done.written++] = escaped[done.read++];
        else if (!short_escape(escaped, to, done))
            break;
    }
    return done;
}

// What is left of a text that was read in blocks.
UnescapeProgress and_rest(UnescapeProgress done, std::string_view escaped, char* to) {
    const UnescapeProgress rest = unescape_bytes(escaped.substr(done.read), to + done.written);
    return {done.read + rest.read, done.written + rest.written};
}

#ifdef __x86_64__

// 16 bytes at a time up to each backslash. SSE2, which every x86-64 has.
UnescapeProgress unescape_by_blocks(std::string_view escaped, char* to) {
    constexpr std::size_t block = 16;
    UnescapeProgress done;
    while (done.read + block <= escaped.size()) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(escaped.data() + done.read));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + done.written), bytes);
        const auto backslashes =
            static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        const std::size_t plain =
            backslashes == 0 ? block : static_cast<std::size_t>(std::countr_zero(backslashes));
        done.read += plain;
        done.written += plain;
        if (backslashes != 0 && !short_escape(escaped, to, done)) return done;
    }
    return and_rest(done, escaped, to);
}

// 64 bytes at a time: the backslashes fall out. Stops before one that is followed by another one, or by what
// is rare.
__attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt"))) UnescapeProgress unescape_by_compress(
    std::string_view escaped, char* to) {
    constexpr std::size_t block = 64;
    const __m512i backslash = _mm512_set1_epi8('\\');
    UnescapeProgress done;
    while (done.read < escaped.size()) {
        const std::size_t left = escaped.size() - done.read;
        const std::uint64_t there = left >= block ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
        __m512i bytes = _mm512_maskz_loadu_epi8(there, escaped.data() + done.read);
        const std::uint64_t backslashes = _mm512_cmpeq_epi8_mask(bytes, backslash);
        const std::uint64_t after = backslashes << 1U;
        const std::uint64_t line_ends = after & _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('n'));
        const std::uint64_t themselves = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')) |
                                         _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('/'));
        const std::uint64_t unknown = after & ~themselves & ~line_ends;
        std::size_t taken = left < block ? left : block;
        if (unknown != 0)
            taken = static_cast<std::size_t>(std::countr_zero(unknown)) - 1;
        else if ((backslashes >> (taken - 1) & 1U) != 0)
            --taken;  // what it escapes is not there
        bytes = _mm512_mask_blend_epi8(line_ends, bytes, _mm512_set1_epi8('\n'));
        const std::uint64_t wanted =
            ~backslashes & (taken == block ? ~std::uint64_t{0} : (std::uint64_t{1} << taken) - 1);
        _mm512_storeu_si512(to + done.written, _mm512_maskz_compress_epi8(wanted, bytes));
        done.written += static_cast<std::size_t>(__builtin_popcountll(wanted));
        done.read += taken;
        if (unknown != 0 || taken == 0) break;
    }
    return done;
}

std::vector<UnescapeRun> possible_runs() {
    std::vector<UnescapeRun> runs{unescape_bytes, unescape_by_blocks};
    if (__builtin_cpu_supports("avx512vbmi2") != 0 && __builtin_cpu_supports("avx512bw") != 0)
        runs.push_back(unescape_by_compress);
    return runs;
}

#else

std::vector<UnescapeRun> possible_runs() {
    return {unescape_bytes};
}

#endif

// The four digits of \uXXXX at the text's begin.
std::optional<std::uint32_t> code_unit(std::string_view escaped) {
    if (escaped.size() < 6 || !escaped.starts_with("\\u")) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : escaped.substr(2, 4)) {
        const auto lower = static_cast<unsigned char>(c | 0x20);
        if (c >= '0' && c <= '9')
            value = value * 16 + static_cast<std::uint32_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10U);
        else
            return std::nullopt;
    }
    return value;
}

std::size_t write_utf8(std::uint32_t code, char* to) {
    const auto continuation = [&](unsigned shift) {
        return static_cast<char>(0x80U | (code >> shift & 0x3FU));
    };
    if (code < 0x80) {
        to[0] = static_cast<char>(code);
        return 1;
    }
    if (code < 0x800) {
        to[0] = static_cast<char>(0xC0U | code >> 6U);
        to[1] = continuation(0);
        return 2;
    }
    if (code < 0x10000) {
        to[0] = static_cast<char>(0xE0U | code >> 12U);
        to[1] = continuation(6);
        to[2] = continuation(0);
        return 3;
    }
    to[0] = static_cast<char>(0xF0U | code >> 18U);
    to[1] = continuation(12);
    to[2] = continuation(6);
    to[3] = continuation(0);
    return 4;
}

// Any one escape at the text's begin; nothing read when it is none.
UnescapeProgress one_escape(std::string_view escaped, char* to) {
    UnescapeProgress done;
    if (short_escape(escaped, to, done)) return done;
    const auto first = code_unit(escaped);
    if (!first || (*first >= 0xDC00 && *first < 0xE000)) return {};
    if (*first < 0xD800 || *first >= 0xE000) return {6, write_utf8(*first, to)};
    const auto second = code_unit(escaped.substr(6));
    if (!second || *second < 0xDC00 || *second >= 0xE000) return {};
    return {12, write_utf8(0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00), to)};
}

}  // namespace

std::span<const UnescapeRun> unescape_runs() {
    static const std::vector<UnescapeRun> runs = possible_runs();
    return runs;
}

std::optional<std::size_t> unescape_json(std::string_view escaped, char* to, UnescapeRun run) {
    std::size_t written = 0;
    while (!escaped.empty()) {
        UnescapeProgress done = run(escaped, to + written);
        escaped.remove_prefix(done.read);
        written += done.written;
        if (escaped.empty()) break;
        done = one_escape(escaped, to + written);
        if (done.read == 0) return std::nullopt;
        escaped.remove_prefix(done.read);
        written += done.written;
    }
    return written;
}

std::optional<std::size_t> unescape_json(std::string_view escaped, char* to) {
    static const UnescapeRun fastest = unescape_runs().back();
    return unescape_json(escaped, to, fastest);
}

}  // namespace weir
