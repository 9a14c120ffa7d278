#include "aws/xml.h"

#include <array>
#include <charconv>
#include <utility>

namespace weir::aws {
namespace {

constexpr int max_depth = 32;
constexpr std::string_view white_space = " \t\r\n";
constexpr auto none = std::string_view::npos;

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3fU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0U | (code >> 12U));
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xf0U | (code >> 18U));
        tail(12), tail(6), tail(0);
    }
}

// `name` is what stands between '&' and ';'.
bool append_reference(std::string& out, std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char>, 5> named{
        {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [entity, character] : named)
        if (name == entity) {
            out += character;
            return true;
        }
    if (!name.starts_with('#')) return false;
    const bool hexadecimal = name.starts_with("#x");
    name.remove_prefix(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const char* const end = name.data() + name.size();
    const auto [last, error] = std::from_chars(name.data(), end, code, hexadecimal ? 16 : 10);
    const bool is_character = code != 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff);
    if (error != std::errc{} || last != end || !is_character) return false;
    append_utf8(out, code);
    return true;
}

bool append_text(std::string& out, std::string_view raw) {
    for (;;) {
        const std::size_t reference = raw.find('&');
        out += raw.substr(0, reference);
        if (reference == none) return true;
        const std::size_t end = raw.find(';', reference);
        if (end == none || !append_reference(out, raw.substr(reference + 1, end - reference - 1)))
            return false;
        raw.remove_prefix(end + 1);
    }
}

class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    std::optional<XmlElement> document() {
        XmlElement root;
        if (!misc() || !element(root, 0) || !misc() || !rest_.empty()) return std::nullopt;
        return root;
    }

  private:
    bool skip_through(std::string_view mark) {
        const std::size_t found = rest_.find(mark);
        if (found == none) return false;
        rest_.remove_prefix(found + mark.size());
        return true;
    }
    bool comment_or_instruction() {
        return rest_.starts_with("<!--") ? skip_through("-->") : skip_through("?>");
    }
    [[nodiscard]] bool at_comment_or_instruction() const {
        return rest_.starts_with("<!--") || rest_.starts_with("<?");
    }
    // What may stand around the root.
    bool misc() {
        for (;;) {
            rest_.remove_prefix(std::min(rest_.find_first_not_of(white_space), rest_.size()));
            if (!at_comment_or_instruction()) return true;
            if (!comment_or_instruction()) return false;
        }
    }
    // The bytes up to the '>' that ends a tag; one within quotes does not.
    std::optional<std::string_view> tag() {
        char quote = 0;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (quote != 0) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                const std::string_view inside = rest_.substr(1, i - 1);
                rest_.remove_prefix(i + 1);
                return inside;
            }
        }
        return std::nullopt;
    }
    bool element(XmlElement& to, int depth) {
        if (depth > max_depth || !rest_.starts_with('<')) return false;
        auto inside = tag();
        if (!inside || inside->empty() || *inside == "/") return false;
        const bool is_empty = inside->ends_with('/');
        if (is_empty) inside->remove_suffix(1);
        to.name = inside->substr(0, inside->find_first_of(white_space));
        if (to.name.empty() || to.name.front() == '/' || to.name.front() == '!') return false;
        return is_empty || content(to, depth);
    }
    bool content(XmlElement& to, int depth) {
        constexpr std::string_view cdata = "<![CDATA[";
        for (;;) {
            const std::size_t next = rest_.find('<');
            if (next == none || !append_text(to.text, rest_.substr(0, next))) return false;
            rest_.remove_prefix(next);
            if (rest_.starts_with("</")) return closing(to.name);
            if (rest_.starts_with(cdata)) {
                const std::size_t end = rest_.find("]]>");
                if (end == none) return false;
                to.text += rest_.substr(cdata.size(), end - cdata.size());
                rest_.remove_prefix(end + 3);
            } else if (at_comment_or_instruction()) {
                if (!comment_or_instruction()) return false;
            } else if (!element(to.children.emplace_back(), depth + 1)) {
                return false;
            }
        }
    }
    bool closing(std::string_view name) {
        auto inside = tag();
        if (!inside) return false;
        inside->remove_prefix(1);
        return inside->substr(0, std::min(inside->find_last_not_of(white_space) + 1, inside->size())) == name;
    }

    std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
    for (const XmlElement& element : children)
        if (element.name == child_name) return &element;
    return nullptr;
}

std::string XmlElement::text_of(std::string_view child_name) const {
    const XmlElement* const found = child(child_name);
    return found != nullptr ? found->text : std::string{};
}

const XmlElement* XmlElement::find(std::string_view descendant_name) const {
    for (const XmlElement& element : children) {
        if (element.name == descendant_name) return &element;
        if (const XmlElement* const found = element.find(descendant_name)) return found;
    }
    return nullptr;
}

std::optional<XmlElement> read_xml(std::string_view text) {
    return Reader{text}.document();
}

}  // namespace weir::aws
