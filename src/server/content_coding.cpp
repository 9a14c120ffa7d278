#include "server/content_coding.h"

#include <optional>
#include <string_view>

#include "server/header_elements.h"

namespace weir {
namespace {

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
