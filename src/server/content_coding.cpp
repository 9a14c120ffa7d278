#include "server/content_coding.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace weir {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t";
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

bool is_same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && contains_ignoring_case(a, b);
}

// The part of `text` up to the separator, which is taken off.
std::string_view next_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    return part;
}

// "q=0", "q=0.000": not acceptable (RFC 9110, 12.4.2). Any other weight is.
bool refuses(std::string_view parameter) {
    if (parameter.size() < 3 || !is_same(parameter.substr(0, 2), "q=")) return false;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(const http::Headers& headers) {
    std::optional<bool> named, any;
    for (const auto& [name, value] : headers.fields()) {
        if (!is_same(name, "Accept-Encoding")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            std::string_view element = next_part(rest, ',');
            const std::string_view coding = next_part(element, ';');
            bool accepted = true;
            while (!element.empty())
                if (refuses(next_part(element, ';'))) accepted = false;
            if (is_same(coding, "gzip") || is_same(coding, "x-gzip")) named = accepted;
            if (coding == "*") any = accepted;
        }
    }
    return named.value_or(any.value_or(false));
}

}  // namespace weir
