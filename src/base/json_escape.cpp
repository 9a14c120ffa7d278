#include "base/json_escape.h"

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace weir {
namespace {

EscapeProgress escape_bytes(std::string_view text, std::span<char> to) {
    EscapeProgress done;
    while (done.read < text.size() && done.written + 2 <= to.size()) {
        const char c = text[done.read];
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x80) break;
        if (c == '"' || c == '\\') to[done.written++] = '\\';
        to[done.written++] = c;
        ++done.read;
    }
    return done;
}

// What is left of a text that was escaped in blocks.
EscapeProgress and_rest(EscapeProgress done, std::string_view text, std::span<char> to) {
    const EscapeProgress rest = escape_bytes(text.substr(done.read), to.subspan(done.written));
    return {done.read + rest.read, done.written + rest.written};
}

#ifdef __x86_64__

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

// 16 bytes at a time.
__attribute__((target("ssse3,popcnt"))) EscapeProgress escape_by_shuffle(std::string_view text,
                                                                         std::span<char> to) {
    constexpr std::size_t block = 2 * half;
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    EscapeProgress done;
    while (done.read + block <= text.size() && done.written + 2 * block <= to.size()) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + done.read));
        // As signed numbers, bytes that are not ASCII are below the space too.
        if (_mm_movemask_epi8(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20))) != 0) break;
        const auto marked = static_cast<unsigned>(
            _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash))));
        for (const bool second : {false, true}) {
            const unsigned chosen = (second ? marked >> half : marked) & 0xFFU;
            const __m128i shuffle =
                _mm_loadu_si128(reinterpret_cast<const __m128i*>(shuffles[chosen].data()));
            const __m128i moved = _mm_shuffle_epi8(second ? _mm_srli_si128(bytes, half) : bytes, shuffle);
            const __m128i added = _mm_and_si128(_mm_cmplt_epi8(shuffle, _mm_setzero_si128()), backslash);
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to.data() + done.written),
                             _mm_or_si128(moved, added));
            done.written += half + static_cast<std::size_t>(__builtin_popcount(chosen));
        }
        done.read += block;
    }
    return and_rest(done, text, to);
}

// 32 bytes at a time: each is put behind a backslash, and the backslashes that are not wanted fall out.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt"))) EscapeProgress
escape_by_compress(std::string_view text, std::span<char> to) {
    constexpr std::size_t block = 32;
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\');
    EscapeProgress done;
    while (done.read < text.size() && done.written + 2 * block <= to.size()) {
        const std::size_t left = text.size() - done.read;
        const auto there = static_cast<__mmask32>(left >= block ? ~0U : (1U << left) - 1);
        const __m256i bytes = _mm256_maskz_loadu_epi8(there, text.data() + done.read);
        // As signed numbers, bytes that are not ASCII are below the space too; so is what is not there.
        const unsigned other = _mm256_cmplt_epi8_mask(bytes, _mm256_set1_epi8(0x20));
        const unsigned marked =
            _mm256_cmpeq_epi8_mask(bytes, quote) | _mm256_cmpeq_epi8_mask(bytes, backslash);
        const auto taken = static_cast<unsigned>(std::countr_zero(other));  // 32 when there is none
        constexpr std::uint64_t behind = 0xAAAA'AAAA'AAAA'AAAA;
        std::uint64_t wanted = behind | _pdep_u64(marked, ~behind);
        if (taken < block) wanted &= (std::uint64_t{1} << 2 * taken) - 1;
        const __m512i pairs =
            _mm512_or_si512(_mm512_slli_epi16(_mm512_cvtepu8_epi16(bytes), 8), _mm512_set1_epi16('\\'));
        _mm512_storeu_si512(to.data() + done.written, _mm512_maskz_compress_epi8(wanted, pairs));
        done.written += static_cast<std::size_t>(__builtin_popcountll(wanted));
        done.read += taken;
        if (taken < block) break;
    }
    return done.read < text.size() ? and_rest(done, text, to) : done;
}

std::vector<EscapeRun> possible_runs() {
    std::vector<EscapeRun> runs{escape_bytes};
    if (__builtin_cpu_supports("ssse3") != 0 && __builtin_cpu_supports("popcnt") != 0)
        runs.push_back(escape_by_shuffle);
    if (__builtin_cpu_supports("avx512vbmi2") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
        __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("bmi2") != 0)
        runs.push_back(escape_by_compress);
    return runs;
}

#else

std::vector<EscapeRun> possible_runs() {
    return {escape_bytes};
}

#endif

}  // namespace

std::span<const EscapeRun> escape_runs() {
    static const std::vector<EscapeRun> runs = possible_runs();
    return runs;
}

}  // namespace weir
