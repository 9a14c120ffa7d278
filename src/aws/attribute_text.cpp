#include "aws/attribute_json.h"
#include "base/base64.h"
#include "base/text.h"

namespace weir::aws {
namespace {

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
        return raw(R"({"B":")") && raw(base64_encode(value.bytes)) && raw(R"("})");
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

    bool quoted(std::string_view text) {
        if (!is_utf8(text)) return false;
        append_json_string(out_, text);
        return true;
    }

    std::string& out_;
};

}  // namespace

bool append_json(std::string& out, const Item& item) {
    return TextWriter(out).map(item);
}

}  // namespace weir::aws
