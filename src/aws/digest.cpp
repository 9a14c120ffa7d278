#include "aws/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace weir::aws {
namespace {

constexpr std::size_t digest_bytes = 32;

unsigned char* raw(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// Fetched once: OpenSSL looks an algorithm up by name at each use of EVP_sha256(). Lives as long as the
// program.
const EVP_MD* sha256_method() {
    static const EVP_MD* const method = [] {
        const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        return fetched != nullptr ? fetched : EVP_sha256();
    }();
    return method;
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string digest(digest_bytes, '\0');
    EVP_Digest(bytes.data(), bytes.size(), raw(digest), nullptr, sha256_method(), nullptr);
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string digest(digest_bytes, '\0');
    HMAC(sha256_method(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), raw(digest), nullptr);
    return digest;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

}  // namespace weir::aws
