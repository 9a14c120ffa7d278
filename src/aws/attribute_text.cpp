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

void EncodedItems::reserve(std::size_t items, std::size_t bytes) {
    text_.reserve(bytes);
    ends_.reserve(items);
}

Result<void> EncodedItems::add(const Item& item) {
    const std::size_t begin = text_.size();
    if (!append_json(text_, item)) {
        text_.resize(begin);
        return not_utf8();
    }
    ends_.push_back(text_.size());
    return {};
}

EncodedItem EncodedItems::operator[](std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return {std::string_view(text_).substr(begin, ends_[index] - begin)};
}

std::vector<EncodedItem> EncodedItems::all() const {
    std::vector<EncodedItem> items;
    items.reserve(size());
    for (std::size_t i = 0; i < size(); ++i)
        items.push_back((*this)[i]);
    return items;
}

void ItemWriter::name(std::string_view name) {
    std::string& json = items_.text_;
    json.append(json.size() == begin_ ? "{\"" : ",\"").append(name).append("\":");
    bytes_ += name.size();
}

void ItemWriter::text(std::string_view attribute, std::string_view value) {
    name(attribute);
    items_.text_ += R"({"S":)";
    is_utf8_ = append_json_utf8(items_.text_, value) && is_utf8_;
    items_.text_ += '}';
    bytes_ += value.size();
}

void ItemWriter::number(std::string_view attribute, std::int64_t value) {
    const fmt::format_int digits(value);
    name(attribute);
    items_.text_.append(R"({"N":")").append(digits.data(), digits.size()).append(R"("})");
    bytes_ += number_bytes({digits.data(), digits.size()});
}

Result<void> ItemWriter::end() {
    if (!is_utf8_) return not_utf8();
    items_.text_ += items_.text_.size() == begin_ ? "{}" : "}";
    items_.ends_.push_back(items_.text_.size());
    ended_ = true;
    return {};
}

}  // namespace weir::aws
