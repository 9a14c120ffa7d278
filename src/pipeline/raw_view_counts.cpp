#include "pipeline/raw_view_counts.h"

#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace weir {
namespace {

// The members of an object, each as the text that a key is made of and as a number, if it is one. Numbers are
// kept as they are written.
class Members final : public nlohmann::json_sax<nlohmann::json> {
  public:
    struct Value {
        std::string text;
        std::optional<Decimal> number;
        bool is_blank = false, is_nested = false, is_number = false;
    };
    std::map<std::string, Value, std::less<>> found;

    bool null() override { return take({"", {}, true, false, false}); }
    bool boolean(bool value) override { return take({value ? "true" : "false", {}, false, false, false}); }
    bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& text) override { return number(text); }
    bool string(string_t& text) override {
        return take({text, Decimal::parse(text), text.empty(), false, false});
    }
    bool binary(binary_t&) override { return false; }
    bool key(string_t& name) override {
        if (depth_ == 1) name_ = name;
        return true;
    }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

  private:
    bool number(const std::string& text) { return take({text, Decimal::parse(text), false, false, true}); }
    bool take(Value value) {
        if (depth_ == 1) found[name_] = std::move(value);
        return true;
    }
    bool open() {
        if (depth_ == 1) found[name_] = {"", {}, false, true, false};
        ++depth_;
        return true;
    }
    bool close() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
    std::string name_;
};

// The text of one group-by field; nothing, when it cannot be one.
std::optional<std::string> key_part(const Members& members, const std::string& field) {
    const auto found = members.found.find(field);
    if (found == members.found.end() || found->second.is_blank) return std::string(blank_key);
    const Members::Value& value = found->second;
    if (value.is_nested || (value.is_number && !value.number)) return std::nullopt;
    return value.is_number ? value.number->text() : value.text;
}

std::optional<std::string> key_of(const Members& members, const std::vector<std::string>& fields) {
    std::string key;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto part = key_part(members, fields[i]);
        if (!part) return std::nullopt;
        if (i > 0) key += " | ";
        for (const char c : *part) {
            if (fields.size() > 1 && (c == '|' || c == '\\')) key += '\\';
            key += c;
        }
    }
    if (key.size() > max_key_bytes) return std::nullopt;
    return key;
}

}  // namespace

void RawViewCounts::add(Numbers& to, const Numbers& more) {
    if (to.count == 0 || more.least < to.least) to.least = more.least;
    if (to.count == 0 || more.most > to.most) to.most = more.most;
    to.count += more.count;
    to.sum += more.sum;
}

std::string RawViewCounts::text_of(const Numbers& numbers, MeasureKind kind) {
    if (kind == MeasureKind::count) return std::to_string(numbers.count);
    if (kind == MeasureKind::min) return numbers.least.text();
    if (kind == MeasureKind::max) return numbers.most.text();
    return kind == MeasureKind::sum ? numbers.sum.text() : numbers.sum.divided_by(numbers.count).text();
}

void RawViewCounts::add(const EventView& event) {
    Members members;
    nlohmann::json::sax_parse(event.line, &members);
    for (std::size_t i = 0; i < views_.size(); ++i) {
        const ViewSpec& view = views_[i];
        Pane& pane = panes_[i][align_down(event.ts, view.window.slide)];
        const auto key = key_of(members, view.group_by);
        std::optional<Decimal> value = Decimal();
        if (view.measure != MeasureKind::count) {
            const auto field = members.found.find(view.field);
            value = field == members.found.end() ? std::nullopt : field->second.number;
        }
        if (key && value)
            add(pane.numbers[*key], {1, *value, *value, *value});
        else
            ++pane.unusable;
    }
}

Result<std::uint64_t> RawViewCounts::read(StoreReader& events, TimeRange range, std::uint64_t as_of) {
    std::uint64_t read = 0;
    ScanRequest request;
    request.range = range;
    request.as_of = as_of;
    const auto end = events.scan(request, [&](const EventView& event) {
        if (range.contains(event.ts)) {  // whatever the store gave
            add(event);
            ++read;
        }
        return Visit::next;
    });
    if (!end) return fail(end.error());
    return read;
}

RawViewCounts::Window RawViewCounts::window(std::size_t view, Timestamp end) const {
    const ViewSpec& spec = views_[view];
    std::map<Key, Numbers> sums;
    Window window;
    for (auto pane = panes_[view].lower_bound(end - spec.window.size);
         pane != panes_[view].end() && pane->first < end; ++pane) {
        window.unusable += pane->second.unusable;
        for (const auto& [key, numbers] : pane->second.numbers)
            add(sums[key], numbers);
    }
    for (const auto& [key, numbers] : sums) {
        window.total += numbers.count;
        window.groups[key] = {numbers.count, text_of(numbers, spec.measure)};
    }
    return window;
}

std::vector<Timestamp> RawViewCounts::ends(std::size_t view, TimeRange range) const {
    const WindowSpec& window = views_[view].window;
    std::set<Timestamp> ends;
    for (const auto& [start, pane] : panes_[view])
        for (Timestamp end = start + window.slide; end <= start + window.size; end += window.slide)
            if (range.contains(end)) ends.insert(end);
    return {ends.begin(), ends.end()};
}

}  // namespace weir
