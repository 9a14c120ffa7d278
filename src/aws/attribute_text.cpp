#include <utility>

#include <fmt/format.h>

#include "aws/attribute_json.h"
#include "aws/dynamodb.h"
#include "aws/encoded_item.h"
#include "aws/json_call.h"
#include "base/base64.h"
#include "base/json_string.h"

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

    bool quoted(std::string_view text) { return append_json_utf8(out_, text); }

    std::string& out_;
};

}  // namespace

bool append_json(std::string& out, const Item& item) {
    return TextWriter(out).map(item);
}

Result<EncodedItem> encode(const Item& item) {
    EncodedItem encoded;
    encoded.json.reserve(item_bytes(item) * 5 / 4 + 128);
    if (!append_json(encoded.json, item)) return not_utf8();
    return encoded;
}

void ItemWriter::name(std::string_view name) {
    json_.append(json_.empty() ? "{\"" : ",\"").append(name).append("\":");
    bytes_ += name.size();
}

void ItemWriter::text(std::string_view attribute, std::string_view value) {
    name(attribute);
    json_ += R"({"S":)";
    is_utf8_ = append_json_utf8(json_, value) && is_utf8_;
    json_ += '}';
    bytes_ += value.size();
}

void ItemWriter::number(std::string_view attribute, std::int64_t value) {
    const fmt::format_int digits(value);
    name(attribute);
    json_.append(R"({"N":")").append(digits.data(), digits.size()).append(R"("})");
    bytes_ += number_bytes({digits.data(), digits.size()});
}

Result<EncodedItem> ItemWriter::take() {
    if (!is_utf8_) return not_utf8();
    json_ += json_.empty() ? "{}" : "}";
    return EncodedItem{std::move(json_)};
}

}  // namespace weir::aws
