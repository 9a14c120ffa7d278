#include "window/view_spec.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/json_string.h"

namespace weir {
namespace {

constexpr std::array<std::pair<std::string_view, MeasureKind>, 5> measures{{{"count", MeasureKind::count},
                                                                            {"sum", MeasureKind::sum},
                                                                            {"min", MeasureKind::min},
                                                                            {"max", MeasureKind::max},
                                                                            {"mean", MeasureKind::mean}}};
constexpr std::size_t max_name = 64;

tl::unexpected<Error> bad_view(std::string_view view, std::string problem) {
    return fail(
        ErrorCode::usage, "view-invalid",
        fmt::format("the view {}: {}", json_string(view), std::move(problem)),
        "a view is written like name=rooms,window=10m,slide=1m,group-by=Room,measure=mean:temperature");
}

// The parts between commas; a part that begins with a quotation mark goes to the next single one.
std::optional<std::vector<std::string>> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    for (bool more = true; more;) {
        std::string part;
        if (text.starts_with('"')) {
            for (text.remove_prefix(1);; text.remove_prefix(1)) {
                if (text.empty()) return std::nullopt;
                if (text.starts_with("\"\""))
                    text.remove_prefix(1);
                else if (text.starts_with('"'))
                    break;
                part += text.front();
            }
            text.remove_prefix(1);
            if (!text.empty() && text.front() != ',') return std::nullopt;
        } else {
            part = text.substr(0, text.find(','));
            text.remove_prefix(part.size());
        }
        parts.push_back(std::move(part));
        more = !text.empty();
        if (more) text.remove_prefix(1);
    }
    return parts;
}

// The views between semicolons that stand in no quotation marks. As in parts_of, these count only around a
// part.
std::vector<std::string_view> views_of(std::string_view text) {
    std::vector<std::string_view> views;
    bool quoted = false, part_begins = true;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ';';
        if (c == '"' && quoted && text.substr(i + 1).starts_with('"'))
            ++i;
        else if (c == '"' && (quoted || part_begins))
            quoted = !quoted;
        part_begins = !quoted && (c == ',' || c == ';');
        if (i < text.size() && (quoted || c != ';')) continue;
        if (i > start) views.push_back(text.substr(start, i - start));
        start = i + 1;
    }
    return views;
}

std::string quoted_part(std::string part) {
    if (part.find_first_of(",;\"") == std::string::npos) return part;
    std::string out = "\"";
    for (const char c : part)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + '"';
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name && name.front() != '-' &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// Reads the parts of one view, one after another.
class ViewReader {
  public:
    ViewReader(std::string_view text, const ViewSpec& defaults) : text_(text), view_(defaults) {
        view_.name.clear();
        view_.measure = MeasureKind::count;
        view_.field.clear();
    }

    Result<ViewSpec> read() {
        const auto parts = parts_of(text_);
        if (!parts) return bad_view(text_, "a quotation mark is not closed, or something stands behind one");
        for (const std::string& part : *parts) {
            const std::size_t equals = part.find('=');
            if (equals == std::string::npos || equals + 1 == part.size())
                return bad_view(text_, fmt::format("{} is not of the form part=value", json_string(part)));
            if (auto taken = take(part.substr(0, equals), part.substr(equals + 1)); !taken)
                return fail(std::move(taken).error());
        }
        return checked();
    }

  private:
    Result<void> take(const std::string& part, const std::string& value) {
        if (part != "group-by") {
            if (std::find(seen_.begin(), seen_.end(), part) != seen_.end())
                return bad_view(text_, part + " stands twice");
            seen_.push_back(part);
        }
        if (part == "name") {
            view_.name = value;
        } else if (part == "group-by") {
            if (!std::exchange(grouped_, true)) view_.group_by.clear();
            view_.group_by.push_back(value);
        } else if (part == "measure") {
            return take_measure(value);
        } else if (part == "window" || part == "slide") {
            const auto duration = parse_duration(value);
            if (!duration) return bad_view(text_, part + ": " + duration.error().message);
            (part == "window" ? view_.window.size : view_.window.slide) = *duration;
        } else {
            return bad_view(text_, fmt::format("there is no part {}; the parts are name, window, slide, "
                                               "group-by and measure",
                                               json_string(part)));
        }
        return {};
    }

    Result<void> take_measure(const std::string& value) {
        const std::string word = value.substr(0, value.find(':'));
        const auto* const found =
            std::find_if(measures.begin(), measures.end(), [&](const auto& m) { return m.first == word; });
        if (found == measures.end())
            return bad_view(text_, fmt::format("the measure {} is none of count, sum:FIELD, min:FIELD, "
                                               "max:FIELD and mean:FIELD",
                                               json_string(value)));
        view_.measure = found->second;
        const bool has_field = value.size() > word.size() + 1;
        const bool is_count = view_.measure == MeasureKind::count;
        if (is_count ? value != word : !has_field)
            return bad_view(text_, is_count ? std::string("count measures no field")
                                            : fmt::format("{0} wants a field: {0}:FIELD", word));
        if (has_field) view_.field = value.substr(word.size() + 1);
        return {};
    }

    Result<ViewSpec> checked() {
        if (!is_name(view_.name))
            return bad_view(text_, view_.name.empty()
                                       ? "it has no name"
                                       : "a name is 1 to 64 of a-z, 0-9 and -, and begins with no -");
        if (view_.group_by.empty()) return bad_view(text_, "it is grouped by no field");
        if (view_.group_by.size() > max_view_fields)
            return bad_view(text_, fmt::format("it is grouped by more than {} fields", max_view_fields));
        for (std::size_t i = 0; i < view_.group_by.size(); ++i)
            if (std::find(view_.group_by.begin(), view_.group_by.begin() + static_cast<std::ptrdiff_t>(i),
                          view_.group_by[i]) != view_.group_by.begin() + static_cast<std::ptrdiff_t>(i))
                return bad_view(text_, "it is grouped by the same field twice");
        view_.window.pane = view_.window.slide;
        if (view_.window.slide <= Duration::zero() || view_.window.size < view_.window.slide ||
            view_.window.size % view_.window.slide != Duration::zero())
            return bad_view(
                text_, fmt::format("the window ({}) is no multiple of the slide ({})",
                                   format_duration(view_.window.size), format_duration(view_.window.slide)));
        if (auto valid = validate(view_.window); !valid) return bad_view(text_, valid.error().message);
        return std::move(view_);
    }

    std::string_view text_;
    ViewSpec view_;
    bool grouped_ = false;
    std::vector<std::string> seen_;
};

}  // namespace

Result<ViewSpec> parse_view(std::string_view text, const ViewSpec& defaults) {
    return ViewReader(text, defaults).read();
}

Result<std::vector<ViewSpec>> parse_views(std::string_view text, const ViewSpec& defaults) {
    const std::vector<std::string_view> texts = views_of(text);
    if (texts.size() > max_views)
        return fail(ErrorCode::usage, "too-many-views",
                    fmt::format("{} views are more than {}", texts.size(), max_views));
    std::vector<ViewSpec> views;
    for (const std::string_view one : texts) {
        auto view = parse_view(one, defaults);
        if (!view) return fail(std::move(view).error());
        const bool known = std::any_of(views.begin(), views.end(),
                                       [&](const ViewSpec& other) { return other.name == view->name; });
        if (known)
            return fail(ErrorCode::usage, "view-twice", fmt::format("two views are named {}", view->name),
                        "give each a name of its own");
        views.push_back(*std::move(view));
    }
    return views;
}

std::string format_measure(const ViewSpec& view) {
    const auto* const found = std::find_if(measures.begin(), measures.end(),
                                           [&](const auto& m) { return m.second == view.measure; });
    std::string out(found->first);
    return view.measure == MeasureKind::count ? out : out + ":" + view.field;
}

std::string format_view(const ViewSpec& view) {
    std::string out = fmt::format("name={},window={},slide={}", view.name, format_duration(view.window.size),
                                  format_duration(view.window.slide));
    for (const std::string& field : view.group_by)
        out += "," + quoted_part("group-by=" + field);
    return out + "," + quoted_part("measure=" + format_measure(view));
}

}  // namespace weir
