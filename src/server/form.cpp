#include "server/form.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/json_string.h"
#include "server/header_elements.h"

namespace weir {
namespace {

struct Known {
    Form form;
    std::string_view name, type;  // of `?format=`; without parameters
};
constexpr Known known[]{{Form::json, "json", "application/json"},
                        {Form::ndjson, "ndjson", "application/x-ndjson"},
                        {Form::csv, "csv", "text/csv"}};

const Known& entry_of(Form form) {
    return *std::ranges::find(known, form, &Known::form);
}

// One element of Accept: "text/csv;q=0.5".
struct Range {
    std::string_view type;
    double quality = 1;

    // How exactly it speaks of the type: 0 not at all, 1 as any, 2 as one of its kind, 3 by name.
    [[nodiscard]] int fit(std::string_view other) const {
        if (is_same(type, other)) return 3;
        if (type.ends_with("/*") &&
            is_same(type.substr(0, type.size() - 1), other.substr(0, other.find('/') + 1)))
            return 2;
        return type == "*/*" ? 1 : 0;
    }
};

Range read_range(std::string_view element) {
    Range range{next_part(element, ';')};
    while (!element.empty()) {
        std::string_view value = next_part(element, ';');
        const std::string_view name = next_part(value, '=');
        if (!is_same(name, "q")) continue;
        std::from_chars(value.data(), value.data() + value.size(), range.quality);
    }
    return range;
}

std::vector<Range> accepted(const http::Headers& headers) {
    std::vector<Range> ranges;
    for (const auto& [name, value] : headers.fields()) {
        if (!is_same(name, "Accept")) continue;
        for (std::string_view rest = value; !rest.empty();)
            if (const Range range = read_range(next_part(rest, ',')); !range.type.empty())
                ranges.push_back(range);
    }
    return ranges;
}

double quality_of(std::string_view type, const std::vector<Range>& ranges) {
    int best = 0;
    double quality = 0;
    for (const Range& range : ranges)
        if (const int fit = range.fit(type); fit > best) {
            best = fit;
            quality = range.quality;
        }
    return quality;
}

template <typename Field>
std::string list_of(std::span<const Form> offered, Field field) {
    std::string list;
    for (const Form form : offered)
        list += fmt::format("{}{}", list.empty() ? "" : ", ", entry_of(form).*field);
    return list;
}

}  // namespace

std::string_view media_type_of(Form form) {
    return form == Form::csv ? "text/csv; charset=utf-8" : entry_of(form).type;
}

Result<Form> wanted_form(const Call& call, std::span<const Form> offered) {
    if (const auto name = call.query().text("format")) {
        for (const Form form : offered)
            if (entry_of(form).name == *name) return form;
        return fail(ErrorCode::invalid, "query-invalid",
                    fmt::format("format is {}, which is not had here", json_string(*name)),
                    "known here: " + list_of(offered, &Known::name));
    }
    const std::vector<Range> ranges = accepted(call.request.head.headers);
    if (ranges.empty()) return offered.front();
    double best = 0;
    Form chosen = offered.front();
    for (const Form form : offered)
        if (const double quality = quality_of(entry_of(form).type, ranges); quality > best) {
            best = quality;
            chosen = form;
        }
    if (best > 0) return chosen;
    return fail(ErrorCode::invalid, "not-acceptable", "Accept takes none of the forms of this answer",
                "send Accept with one of " + list_of(offered, &Known::type) + ", or no Accept");
}

}  // namespace weir
