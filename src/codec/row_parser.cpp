#include "codec/row_parser.h"

#include <fmt/format.h>

#include "base/text.h"

namespace weir {

RowParser::Step RowParser::reject(std::uint64_t line, RejectReason reason, std::string message,
                                  std::string_view bytes) {
    rejected_ = DeadLetter{};
    rejected_.line = line;
    rejected_.reason = reason;
    rejected_.message = std::move(message);
    rejected_.bytes = bytes;
    return Step::rejected;
}

RowParser::Step RowParser::reject_long(std::uint64_t line, std::string_view bytes) {
    constexpr std::size_t named_bytes = 4096;
    return reject(line, RejectReason::line_too_long,
                  fmt::format("the row has {}{} bytes; at most {} are taken", skipping_ ? "more than " : "",
                              with_commas(bytes.size()), with_commas(options_.max_row_bytes)),
                  bytes.substr(0, named_bytes));
}

bool RowParser::skip_rest_of_line(std::string_view text) {
    const std::size_t end = text.find('\n');
    skipping_ = end == std::string_view::npos;
    consumed_ = skipping_ ? text.size() : end + 1;
    if (!skipping_) ++line_;
    return !skipping_;
}

}  // namespace weir
