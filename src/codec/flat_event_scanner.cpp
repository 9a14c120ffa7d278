#include "codec/flat_event_scanner.h"

#include <bit>
#include <cstring>

#include <simdjson.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weir {
namespace {

constexpr unsigned many_misses = 32;  // from then on only each so-many-th line is looked at

// The first byte from `at` on that is a quotation mark, a backslash or a control character, or `end`. Clears
// `ascii` when a byte before it is none. May read 15 bytes behind `end`.
#if defined(__SSE2__)
const char* end_of_plain(const char* at, const char* end, bool& ascii) {
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
    for (; at < end; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i stops =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                         _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        const auto stop = static_cast<unsigned>(_mm_movemask_epi8(stops));
        const auto high = static_cast<unsigned>(_mm_movemask_epi8(bytes));
        if (stop == 0) {
            ascii = ascii && high == 0;
            continue;
        }
        const int length = std::countr_zero(stop);
        ascii = ascii && (high & ((1U << static_cast<unsigned>(length)) - 1U)) == 0;
        return std::min(at + length, end);
    }
    return end;
}
#else
const char* end_of_plain(const char* at, const char* end, bool& ascii) {
    for (; at < end; ++at) {
        const auto byte = static_cast<unsigned char>(*at);
        if (byte == '"' || byte == '\\' || byte < 0x20) return at;
        ascii = ascii && byte < 0x80;
    }
    return end;
}
#endif

const char* skip_space(const char* at, const char* end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        ++at;
    return at;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A number of the plain kind: at most 17 digits before and after the point, no exponent. `whole` is set when
// there is no point.
const char* end_of_number(const char* at, const char* end, std::optional<std::int64_t>& whole) {
    constexpr int most_digits = 17;
    const bool negative = *at == '-';
    if (negative) ++at;
    const char* const first = at;
    std::int64_t value = 0;
    for (; at < end && is_digit(*at) && at - first <= most_digits; ++at)
        value = value * 10 + (*at - '0');
    const auto digits = at - first;
    if (digits == 0 || digits > most_digits || (digits > 1 && *first == '0')) return nullptr;
    whole = negative ? -value : value;
    if (at == end || *at != '.') return at;
    whole.reset();
    const char* const fraction = ++at;
    while (at < end && is_digit(*at) && at - fraction <= most_digits)
        ++at;
    return at == fraction || at - fraction > most_digits ? nullptr : at;
}

}  // namespace

bool FlatEventScanner::scan(std::string_view line, FlatEvent& event) {
    if (misses_ >= many_misses && ++passed_over_ % many_misses != 0) return false;
    ++misses_;
    if (line.size() < 2 || line.front() != '{' || line.back() != '}') return false;
    event = {};
    ascii_ = true;
    Outcome outcome = fields_.empty() ? Outcome::other_shape : scan_known(line, event);
    if (outcome == Outcome::other_shape) {
        event = {};
        ascii_ = true;
        outcome = scan_anew(line, event);
        if (outcome != Outcome::scanned) fields_.clear();
    }
    if (outcome != Outcome::scanned) return false;
    if (!ascii_ && !simdjson::validate_utf8(line)) {
        fields_.clear();  // it may be a name that is no UTF-8, and names are looked at only once
        return false;
    }
    misses_ = 0;
    return true;
}

FlatEventScanner::Outcome FlatEventScanner::scan_known(std::string_view line, FlatEvent& event) {
    Position in{line.data(), line.data() + line.size()};
    for (const Lead& lead : fields_) {
        if (static_cast<std::size_t>(in.end - in.at) < lead.length ||
            std::memcmp(in.at, leads_.data() + lead.offset, lead.length) != 0)
            return Outcome::other_shape;
        in.at += lead.length;
        if (!read_value(in, lead.roles, event)) return Outcome::unsure;
    }
    return in.at + 1 == in.end && *in.at == '}' ? Outcome::scanned : Outcome::other_shape;
}

FlatEventScanner::Outcome FlatEventScanner::scan_anew(std::string_view line, FlatEvent& event) {
    Position in{line.data(), line.data() + line.size()};
    leads_.clear();
    fields_.clear();
    names_.clear();
    const char* start = in.at++;
    while (true) {
        if (!read_lead(in, start) || !read_value(in, fields_.back().roles, event)) return Outcome::unsure;
        start = in.at;
        in.at = skip_space(in.at, in.end);
        if (in.at == in.end) return Outcome::unsure;
        const char separator = *in.at++;
        if (separator == '}') return in.at == in.end ? Outcome::scanned : Outcome::unsure;
        if (separator != ',') return Outcome::unsure;
    }
}

// Reads a name and its colon, and keeps the bytes from `start` to the value.
bool FlatEventScanner::read_lead(Position& in, const char* start) {
    in.at = skip_space(in.at, in.end);
    std::string_view name;
    if (in.at == in.end || *in.at != '"' || !read_text(in, name)) return false;
    in.at = skip_space(in.at, in.end);
    if (in.at == in.end || *in.at++ != ':') return false;
    in.at = skip_space(in.at, in.end);
    if (!names_.add(name) || names_.size() > FieldNames::few) return false;
    const auto length = static_cast<std::size_t>(in.at - start);
    fields_.push_back({leads_.size(), length, roles_of(name)});
    leads_.append(start, length);
    return true;
}

// From the opening quotation mark to behind the closing one.
bool FlatEventScanner::read_text(Position& in, std::string_view& text) {
    const char* const start = ++in.at;
    in.at = end_of_plain(start, in.end, ascii_);
    if (in.at == in.end || *in.at != '"') return false;
    text = {start, static_cast<std::size_t>(in.at - start)};
    ++in.at;
    return true;
}

bool FlatEventScanner::read_value(Position& in, std::uint8_t roles, FlatEvent& event) {
    if (in.at == in.end) return false;
    const auto is_word = [&](std::string_view word) {
        if (static_cast<std::size_t>(in.end - in.at) < word.size() ||
            std::memcmp(in.at, word.data(), word.size()) != 0)
            return false;
        in.at += word.size();
        return true;
    };
    switch (*in.at) {
        case '"': {
            std::string_view text;
            if (!read_text(in, text)) return false;
            if (roles == role_none) return true;
            if ((roles & role_event_id) != 0) event.event_id = text;
            if ((roles & role_ts) != 0) event.ts_text = text;
            if ((roles & role_key) != 0) event.key = text;
            return true;
        }
        case 'n':
            return (roles & (role_event_id | role_ts)) == 0 && is_word("null");
        case 't':
            return roles == role_none && is_word("true");
        case 'f':
            return roles == role_none && is_word("false");
        default:
            break;
    }
    if (*in.at != '-' && !is_digit(*in.at)) return false;
    std::optional<std::int64_t> whole;
    const char* const end = end_of_number(in.at, in.end, whole);
    if (end == nullptr || (roles != role_none && (roles != role_ts || !whole))) return false;
    if (roles == role_ts) event.ts_number = whole;
    in.at = end;
    return true;
}

std::uint8_t FlatEventScanner::roles_of(std::string_view name) const {
    return static_cast<std::uint8_t>((name == "event_id" ? role_event_id : 0) | (name == "ts" ? role_ts : 0) |
                                     (name == group_by_ ? role_key : 0));
}

}  // namespace weir
