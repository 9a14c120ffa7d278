#include <array>
#include <cstddef>

#include "aws/attribute_json.h"
#include "aws/base64.h"
#include "base/text.h"

namespace weir::aws {
namespace {

enum class Kind : unsigned char { plain, escaped, beyond_ascii };

constexpr std::array<Kind, 256> kinds = [] {
    std::array<Kind, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = c >= 0x80                           ? Kind::beyond_ascii
                   : c < 0x20 || c == '"' || c == '\\' ? Kind::escaped
                                                       : Kind::plain;
    return table;
}();

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4U];
            out += hex[static_cast<unsigned char>(c) & 15U];
    }
}

// Writes values; false once a text was no UTF-8.
class TextWriter {
  public:
    explicit TextWriter(std::string& out) : out_(out) {}

    bool map(const AttributeMap& values) {
        char before = '{';
        for (const auto& [name, value] : values) {
            out_ += before;
            before = ',';
            if (!quoted(name)) return false;
            out_ += ':';
            if (!std::visit(*this, value.value)) return false;
        }
        out_ += values.empty() ? "{}" : "}";
        return true;
    }

    bool operator()(std::monostate) { return raw(R"({"NULL":true})"); }
    bool operator()(bool value) { return raw(value ? R"({"BOOL":true})" : R"({"BOOL":false})"); }
    bool operator()(const std::string& value) { return raw(R"({"S":)") && quoted(value) && raw("}"); }
    bool operator()(const Number& value) { return raw(R"({"N":)") && quoted(value.text) && raw("}"); }
    bool operator()(const Binary& value) {
        return raw(R"({"B":")") && raw(to_base64(value.bytes)) && raw(R"("})");
    }
    bool operator()(const AttributeMap& value) { return raw(R"({"M":)") && map(value) && raw("}"); }
    bool operator()(const std::vector<Attribute>& values) {
        raw(R"({"L":[)");
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) out_ += ',';
            if (!std::visit(*this, values[i].value)) return false;
        }
        return raw("]}");
    }

  private:
    bool raw(std::string_view text) {
        out_ += text;
        return true;
    }

    // Runs that need no escape are copied whole: most of a request is such text.
    bool quoted(std::string_view text) {
        out_ += '"';
        bool only_ascii = true;
        std::size_t begin = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const Kind kind = kinds[static_cast<unsigned char>(text[i])];
            if (kind == Kind::plain) continue;
            if (kind == Kind::beyond_ascii) {
                only_ascii = false;
                continue;
            }
            out_.append(text, begin, i - begin);
            append_escaped(out_, text[i]);
            begin = i + 1;
        }
        out_.append(text, begin);
        out_ += '"';
        return only_ascii || is_utf8(text);
    }

    std::string& out_;
};

}  // namespace

bool append_json(std::string& out, const Item& item) {
    return TextWriter(out).map(item);
}

}  // namespace weir::aws
