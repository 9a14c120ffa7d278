#include "base/base64.h"

#include <array>
#include <cstdint>

namespace weir {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4, '=');
    char* to = out.data();
    const std::size_t whole = bytes.size() - bytes.size() % 3;
    for (std::size_t i = 0; i < whole; i += 3) {
        const std::uint32_t group =
            byte_at(bytes, i) << 16U | byte_at(bytes, i + 1) << 8U | byte_at(bytes, i + 2);
        *to++ = alphabet[group >> 18U];
        *to++ = alphabet[group >> 12U & 63U];
        *to++ = alphabet[group >> 6U & 63U];
        *to++ = alphabet[group & 63U];
    }
    if (whole < bytes.size()) {  // one or two bytes, and padding for the rest
        const std::uint32_t group = byte_at(bytes, whole) << 16U | byte_at(bytes, whole + 1) << 8U;
        *to++ = alphabet[group >> 18U];
        *to++ = alphabet[group >> 12U & 63U];
        if (whole + 1 < bytes.size()) *to = alphabet[group >> 6U & 63U];
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::uint32_t value =
                k < digits ? digit_values[static_cast<unsigned char>(text[i + k])] : 0;
            if (value == no_digit) return std::nullopt;
            group = group << 6U | value;
        }
        const std::size_t count = digits - 1;
        if (count < 3 && (group & (count == 2 ? 0xFFU : 0xFFFFU)) != 0) return std::nullopt;
        for (std::size_t k = 0; k < count; ++k)
            out += static_cast<char>(group >> (16U - 8U * k) & 0xFFU);
    }
    return out;
}

}  // namespace weir
