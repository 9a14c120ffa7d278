#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/batch_decoder.h"
#include "codec/row_parser.h"

namespace weir {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view json_space = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(json_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(json_space) - first + 1);
}

// What is wrong inside a value that is well-formed JSON.
struct Flaw {
    RejectReason reason;
    std::string message;
};

class Inspector {
  public:
    std::optional<Flaw> inspect(object root) {
        for (const auto& [name, value] : root)
            if (name == "event_id" || name == "ts")
                return Flaw{
                    RejectReason::duplicate_field,
                    fmt::format(
                        "the row has a field '{}' of its own, which every event is given when it is sent",
                        name)};
        return object_flaw(root, 1);
    }

  private:
    std::optional<Flaw> object_flaw(object value, int depth) {
        const std::size_t first = names_.size();
        for (const auto& [name, child] : value)
            names_.push_back(name);
        const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
        std::sort(begin, names_.end());
        const auto twin = std::adjacent_find(begin, names_.end());
        std::optional<Flaw> flaw;
        if (twin != names_.end())
            flaw = Flaw{RejectReason::duplicate_field,
                        fmt::format("the field '{}' stands twice in one object", twin->substr(0, 64))};
        names_.resize(first);
        for (const auto& [name, child] : value) {
            if (flaw) break;
            flaw = child_flaw(child, depth);
        }
        return flaw;
    }

    std::optional<Flaw> child_flaw(element value, int depth) {
        const bool is_object = value.is_object();
        if (!is_object && !value.is_array()) return std::nullopt;
        constexpr int max_depth = EventLimits{}.max_nesting_depth;
        if (depth >= max_depth)
            return Flaw{RejectReason::nested_too_deep,
                        fmt::format("objects and arrays are nested more than {} deep", max_depth)};
        if (is_object) return object_flaw(object(value), depth + 1);
        std::optional<Flaw> flaw;
        for (const element child : array(value)) {
            flaw = child_flaw(child, depth + 1);
            if (flaw) break;
        }
        return flaw;
    }

    std::vector<std::string_view> names_;  // of the objects that are being looked at
};

class NdjsonRowParser final : public RowParser {
  public:
    explicit NdjsonRowParser(const RowSource::Options& options) : RowParser(options) {}

    Result<bool> read_header(std::string_view text, bool last) override {
        consumed_ = 0;
        if (text.size() < byte_order_mark.size() && !last) return false;
        if (text.substr(0, byte_order_mark.size()) == byte_order_mark) consumed_ = byte_order_mark.size();
        return true;
    }

    Step next(std::string_view text, bool last) override {
        std::size_t done = 0;  // blank lines before the row
        consumed_ = 0;
        if (skipping_) {
            if (!skip_rest_of_line(text)) return last ? Step::end : Step::need_more;
            done = consumed_;
        }
        while (true) {
            const std::string_view rest = text.substr(done);
            const std::size_t end = rest.find('\n');
            const bool ends = end != std::string_view::npos;
            consumed_ = done;
            if (!ends && rest.empty() && last) return Step::end;
            if (!ends && !last && rest.size() <= options_.max_row_bytes) return Step::need_more;
            const std::string_view line = rest.substr(0, end);
            skipping_ = !ends && !last;
            done += line.size() + (ends ? 1 : 0);
            consumed_ = done;
            const std::uint64_t number = line_;
            if (!skipping_) ++line_;
            if (line.size() > options_.max_row_bytes) return reject_long(number, line);
            if (const std::string_view value = trimmed(line); !value.empty())
                return parse(number, line, value);
        }
    }

  private:
    Step parse(std::uint64_t number, std::string_view line, std::string_view value) {
        element root;
        const simdjson::error_code error = parser_.parse(value.data(), value.size()).get(root);
        if (error != simdjson::SUCCESS) return reject_malformed(number, line, error);
        if (!root.is_object())
            return reject(number, RejectReason::not_an_object,
                          root.is_array() ? "the line is an array; one object a line was expected (jq -c "
                                            "'.[]' takes an array apart)"
                                          : "the line is no object; one object a line was expected",
                          line);
        if (auto flaw = inspector_.inspect(object(root)); flaw)
            return reject(number, flaw->reason, std::move(flaw->message), line);
        row_.json = trimmed(value.substr(1, value.size() - 2));
        return Step::row;
    }

    Step reject_malformed(std::uint64_t number, std::string_view line, simdjson::error_code error) {
        if (error == simdjson::UTF8_ERROR)
            return reject(number, RejectReason::invalid_utf8, "the line is not UTF-8", line);
        if (error == simdjson::DEPTH_ERROR)
            return reject(number, RejectReason::nested_too_deep, "objects and arrays are nested too deep",
                          line);
        if (line.front() == '[' && number == 1)
            return reject(number, RejectReason::json_invalid,
                          "the input begins like an array; one object a line was expected (jq -c '.[]' takes "
                          "an array apart)",
                          line);
        return reject(number, RejectReason::json_invalid,
                      fmt::format("the line is not JSON: {}", simdjson::error_message(error)), line);
    }

    simdjson::dom::parser parser_;
    Inspector inspector_;
};

}  // namespace

std::unique_ptr<RowParser> make_ndjson_row_parser(const RowSource::Options& options) {
    return std::make_unique<NdjsonRowParser>(options);
}

}  // namespace weir
