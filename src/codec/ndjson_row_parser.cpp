#include <fmt/format.h>

#include "codec/batch_decoder.h"
#include "codec/json_event_parser.h"
#include "codec/row_parser.h"

namespace weir {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view json_space = " \t\r";

// What every event begins with; any id and time do. See EventEncoder.
constexpr std::string_view event_start = R"({"event_id":"r-000001","ts":"1970-01-01T00:00:00.000Z")";
// No field's name is this, as it is no UTF-8: what the group-by field holds is the server's to judge.
constexpr const char* no_field = "\xFF";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(json_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(json_space) - first + 1);
}

// A row is good when the event that is made of it is one to the parser that the server uses too.
class NdjsonRowParser final : public RowParser {
  public:
    explicit NdjsonRowParser(const RowSource::Options& options)
        : RowParser(options), parser_(no_field, EventLimits{}.max_nesting_depth) {}

    Result<bool> read_header(std::string_view text, bool last) override {
        consumed_ = 0;
        if (text.size() < byte_order_mark.size() && !last) return false;
        if (text.starts_with(byte_order_mark)) consumed_ = byte_order_mark.size();
        return true;
    }
    Step next(std::string_view text, bool last) override;

  private:
    Step parse(std::uint64_t number, std::string_view line);
    Step explain(std::uint64_t number, std::string_view line);

    JsonEventParser parser_;
    PaddedLine padded_;
    std::string event_;
    EventFields fields_;
    Rejection rejection_;
};

RowParser::Step NdjsonRowParser::next(std::string_view text, bool last) {
    consumed_ = 0;
    if (skipping_ && !skip_rest_of_line(text)) return last ? Step::end : Step::need_more;
    while (true) {
        const std::string_view rest = text.substr(consumed_);
        const std::size_t end = rest.find('\n');
        const bool ends = end != std::string_view::npos;
        if (rest.empty()) return last ? Step::end : Step::need_more;
        if (!ends && !last && rest.size() <= options_.max_row_bytes) return Step::need_more;
        const std::string_view line = rest.substr(0, end);
        const std::uint64_t number = line_;
        skipping_ = !ends && !last;
        consumed_ += line.size() + (ends ? 1 : 0);
        if (ends) ++line_;
        if (line.size() > options_.max_row_bytes) return reject_long(number, line);
        if (!trimmed(line).empty()) return parse(number, line);
    }
}

RowParser::Step NdjsonRowParser::parse(std::uint64_t number, std::string_view line) {
    const std::string_view value = trimmed(line);
    if (value.size() < 2 || !value.starts_with('{') || !value.ends_with('}')) return explain(number, line);
    const std::string_view inside = trimmed(value.substr(1, value.size() - 2));
    event_ = event_start;
    if (!inside.empty()) event_ += ',';
    event_ += inside;
    event_ += '}';
    const std::size_t length = event_.size();
    event_.resize(length + json_padding);
    if (!parser_.parse(std::string_view(event_).substr(0, length), {}, fields_, rejection_))
        return explain(number, line);
    row_.json = inside;
    return Step::row;
}

// The line that makes no event is read again as it is, for a message about what stands in the input.
RowParser::Step NdjsonRowParser::explain(std::uint64_t number, std::string_view line) {
    const bool event_already = parser_.parse(padded_.copy(trimmed(line)), {}, fields_, rejection_);
    const RejectReason reason = rejection_.reason;
    if (event_already || reason == RejectReason::event_id_missing ||
        reason == RejectReason::event_id_invalid || reason == RejectReason::ts_missing ||
        reason == RejectReason::ts_invalid)
        return reject(
            number, RejectReason::duplicate_field,
            "the row has an event_id or a ts of its own, which every event is given when it is sent; "
            "rename the field",
            line);
    if (trimmed(line).starts_with('['))
        rejection_.message += " (jq -c '.[]' makes lines of the elements of an array)";
    return reject(number, reason, std::move(rejection_.message), line);
}

}  // namespace

std::unique_ptr<RowParser> make_ndjson_row_parser(const RowSource::Options& options) {
    return std::make_unique<NdjsonRowParser>(options);
}

}  // namespace weir
