#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/row_source.h"

namespace weir {

// Takes one input apart, from its start to its end, row by row. It is given what was read and not yet
// consumed, says how much of that it used, and asks for more where the text ends inside a row. Not
// thread-safe.
class RowParser {
  public:
    enum class Step { row, rejected, need_more, end };

    virtual ~RowParser() = default;

    // Called first, until it is true: reads what stands before the rows. `last`: no more text will follow.
    virtual Result<bool> read_header(std::string_view text, bool last) = 0;
    virtual Step next(std::string_view text, bool last) = 0;

    [[nodiscard]] std::size_t consumed() const { return consumed_; }  // by the last call, bytes
    [[nodiscard]] const Row& row() const { return row_; }             // after Step::row
    [[nodiscard]] DeadLetter& rejected() { return rejected_; }        // after Step::rejected
    [[nodiscard]] const std::string& csv_header() const { return csv_header_; }

  protected:
    explicit RowParser(const RowSource::Options& options) : options_(options) {}

    Step reject(std::uint64_t line, RejectReason reason, std::string message, std::string_view bytes);
    Step reject_long(std::uint64_t line, std::string_view bytes);

    // A row that goes on beyond what may be held was rejected: drops text until its line ends. False: it did
    // not end yet.
    bool skip_rest_of_line(std::string_view text);

    RowSource::Options options_;
    std::string csv_header_;
    std::size_t consumed_ = 0;
    std::uint64_t line_ = 1;  // number of the line at the start of the text
    bool skipping_ = false;
    Row row_;
    DeadLetter rejected_;
};

std::unique_ptr<RowParser> make_csv_row_parser(const RowSource::Options& options,
                                               const std::string& input_name);
std::unique_ptr<RowParser> make_ndjson_row_parser(const RowSource::Options& options);

}  // namespace weir
