#include "aws/base64.h"

#include <openssl/evp.h>

namespace weir::aws {
namespace {

// EVP_EncodeBlock counts in int.
constexpr std::size_t piece_bytes = 3U << 20U;

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool is_digit_of_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4 + 1);
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, piece_bytes);
        const std::size_t before = text.size();
        text.resize(before + (piece.size() + 2) / 3 * 4 + 1);  // it writes a NUL behind
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data() + before), raw(piece),
                        static_cast<int>(piece.size()));
        text.pop_back();
        bytes.remove_prefix(piece.size());
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    // EVP_DecodeBlock forgives spaces around and padding within.
    for (const char c : text.substr(0, text.size() - padding))
        if (!is_digit_of_base64(c)) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    std::size_t done = 0;
    for (std::size_t begin = 0; begin < text.size(); begin += piece_bytes * 4 / 3) {
        const std::string_view piece = text.substr(begin, piece_bytes * 4 / 3);
        const int written = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data() + done), raw(piece),
                                            static_cast<int>(piece.size()));
        if (written < 0) return std::nullopt;
        done += static_cast<std::size_t>(written);
    }
    bytes.resize(done - padding);
    return bytes;
}

}  // namespace weir::aws
