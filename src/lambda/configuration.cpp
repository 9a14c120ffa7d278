#include "lambda/configuration.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/text_excerpt.h"
#include "event/event.h"
#include "window/window.h"

namespace weir::lambda {
namespace {

constexpr unsigned max_shards = 64;
constexpr Duration max_retention{std::chrono::hours{24 * 3650}};

tl::unexpected<Error> invalid(std::string message) {
    return fail(ErrorCode::usage, "configuration-invalid", std::move(message),
                "set it among the function's environment variables (deploy/template.yaml does)");
}

// Reads variables and keeps the first thing that was wrong.
class Variables {
  public:
    explicit Variables(const aws::Environment& environment) : environment_(environment) {}

    std::string required(const std::string& name) {
        auto value = environment_(name);
        if (!value) note(invalid(fmt::format("{} is not set", name)).value());
        return value.value_or("");
    }
    std::string text(const std::string& name, std::string_view standard) {
        return environment_(name).value_or(std::string(standard));
    }
    Duration duration(const std::string& name, std::string_view standard) {
        const std::string value = text(name, standard);
        auto read = parse_duration(value);
        if (!read)
            note(invalid(fmt::format("{} is {}; a duration such as {} was expected", name, excerpt(value),
                                     standard))
                     .value());
        return read.value_or(Duration{0});
    }
    unsigned count(const std::string& name, std::string_view standard, unsigned most) {
        const std::string value = text(name, standard);
        unsigned number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size() || number < 1 || number > most)
            note(invalid(
                     fmt::format("{} is {}; a number from 1 to {} was expected", name, excerpt(value), most))
                     .value());
        return number;
    }
    Layout layout(const std::string& name) {
        const std::string value = text(name, "rows");
        if (value != "rows" && value != "blocks")
            note(invalid(fmt::format("{} is {}; rows or blocks was expected", name, excerpt(value))).value());
        return value == "blocks" ? Layout::blocks : Layout::rows;
    }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    void note(Error error) {
        if (!error_) error_ = std::move(error);
    }

    const aws::Environment& environment_;
    std::optional<Error> error_;
};

}  // namespace

Result<Configuration> read_configuration(const aws::Environment& environment) {
    Variables variables(environment);
    Configuration configuration;
    DynamoOptions& store = configuration.store;
    store.events_table = variables.required("WEIR_EVENTS_TABLE");
    store.aggregates_table = variables.required("WEIR_AGGREGATES_TABLE");
    store.identity.group_by = variables.text("WEIR_GROUP_BY", "County");
    WindowSpec& window = store.identity.window;
    window.size = variables.duration("WEIR_WINDOW", "5m");
    window.pane = variables.duration("WEIR_PANE", "10s");
    window.slide = variables.duration("WEIR_SLIDE", "60s");
    window.lateness = variables.duration("WEIR_LATENESS", "60s");
    configuration.clock_skew = variables.duration("WEIR_CLOCK_SKEW", "60s");
    store.retention = variables.duration("WEIR_RETENTION", "7d");
    store.layout = variables.layout("WEIR_LAYOUT");
    store.shards = variables.count("WEIR_SHARDS", "4", max_shards);
    if (variables.error()) return fail(*variables.error());
    if (store.identity.group_by.size() > max_key_bytes || !is_utf8(store.identity.group_by))
        return invalid(
            fmt::format("WEIR_GROUP_BY must be a field's name of at most {} bytes of UTF-8", max_key_bytes));
    if (auto checked = validate(window); !checked)
        return invalid(fmt::format("WEIR_WINDOW, WEIR_PANE, WEIR_SLIDE and WEIR_LATENESS do not fit: {}",
                                   checked.error().message));
    if (store.retention < window.size + window.lateness || store.retention > max_retention)
        return invalid(fmt::format("WEIR_RETENTION is {}; a window and its lateness ({}) to {} was expected",
                                   format_duration(store.retention),
                                   format_duration(window.size + window.lateness),
                                   format_duration(max_retention)));
    store.identity.view = variables.text("WEIR_VIEW", view_name(store.identity.group_by, window));
    return configuration;
}

}  // namespace weir::lambda
