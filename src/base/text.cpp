#include "base/text.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/utf8.h"

namespace weir {

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        const std::size_t length = utf8_sequence_length(text, i);
        const bool c1_control = length == 2 && c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (length == 0 || c < 0x20 || c == 0x7F || c1_control) {
            for (std::size_t k = 0; k < (c1_control ? 2U : 1U); ++k)
                out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[i + k]));
            i += c1_control ? 2 : 1;
        } else {
            out.append(text, i, length);
            i += length;
        }
    }
    return out;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    const auto lower = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    };
    return part.empty() || std::search(text.begin(), text.end(), part.begin(), part.end(),
                                       [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

std::string with_commas(unsigned long long number) {
    std::string digits = fmt::format("{}", number);
    for (std::size_t i = digits.size(); i > 3; i -= 3)
        digits.insert(i - 3, ",");
    return digits;
}

}  // namespace weir
