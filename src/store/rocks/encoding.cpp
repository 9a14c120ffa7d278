#include "store/rocks/encoding.h"

namespace weir::rocks {
namespace {
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63U;
}  // namespace

void put_u8(std::string& out, std::uint8_t value) {
    out.push_back(static_cast<char>(value));
}

void put_big64(std::string& out, std::uint64_t value) {
    for (unsigned shift = 64; shift > 0;) {
        shift -= 8;
        out.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
}

void put_time(std::string& out, Timestamp value) {
    put_big64(out, static_cast<std::uint64_t>(to_ms(value)) ^ sign_bit);
}

void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U)
        out.push_back(static_cast<char>(value | 0x80U));
    out.push_back(static_cast<char>(value));
}

void put_bytes(std::string& out, std::string_view value) {
    put_varint(out, value.size());
    out.append(value);
}

std::uint8_t Decoder::u8() {
    const std::string_view one = raw(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
}

std::uint64_t Decoder::big64() {
    std::uint64_t value = 0;
    for (const char c : raw(8))
        value = value << 8U | static_cast<std::uint8_t>(c);
    return value;
}

Timestamp Decoder::time() {
    return timestamp_from_ms(static_cast<std::int64_t>(big64() ^ sign_bit));
}

std::uint64_t Decoder::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint8_t byte = u8();
        if (!ok_ || (shift == 63 && byte > 1)) break;
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if (byte < 0x80U) return value;
    }
    set_failed();
    return 0;
}

std::string_view Decoder::bytes() {
    return raw(varint());
}

std::string_view Decoder::raw(std::uint64_t size) {
    if (size > rest_.size()) {
        set_failed();
        return {};
    }
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
}

void Decoder::set_failed() {
    ok_ = false;
    rest_ = {};
}

}  // namespace weir::rocks
