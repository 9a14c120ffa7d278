// The CSV reader on any bytes: records do not overlap, lines are numbered by their line breaks, records that
// were written again read the same, and text that comes in pieces gives the records of the whole.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/csv_reader.h"

namespace weir {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_written_again(const CsvRecord& record) {
    if (record.cells.size() < 2 || record.cells.size() > max_csv_cells)
        return;  // one empty cell is an empty line
    std::string text;
    for (const std::string& cell : record.cells) {
        if (&cell != record.cells.data()) text += ',';
        append_csv_cell(text, cell);
    }
    CsvReader reader(text, /*last=*/true, 1, /*at_start=*/false);
    CsvRecord again;
    require(reader.next(again) == CsvStatus::record);
    require(again.cells == record.cells);
    require(reader.next(again) == CsvStatus::end);
}

std::size_t check_whole(std::string_view text) {
    CsvReader reader(text);
    CsvRecord record;
    std::size_t count = 0, end = 0;
    for (CsvStatus status; (status = reader.next(record)) != CsvStatus::end; ++count) {
        require(status != CsvStatus::need_more);
        const auto offset = static_cast<std::size_t>(record.raw.data() - text.data());
        require(!record.raw.empty() && offset >= end && offset + record.raw.size() <= text.size());
        end = offset + record.raw.size();
        require(reader.consumed() >= end);
        const std::string_view before = text.substr(0, offset);
        require(record.line ==
                1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')));
        if (status == CsvStatus::record) check_written_again(record);
    }
    require(reader.consumed() == text.size());
    return count;
}

// The same text in two pieces.
std::size_t check_pieces(std::string_view text, std::size_t cut) {
    CsvRecord record;
    std::size_t count = 0;
    CsvReader first(text.substr(0, cut), /*last=*/cut == text.size());
    CsvStatus status = first.next(record);
    for (; status == CsvStatus::record || status == CsvStatus::bad_record; status = first.next(record))
        ++count;
    CsvReader second(text.substr(first.consumed()), /*last=*/true, first.line(),
                     /*at_start=*/first.consumed() == 0);
    while (second.next(record) != CsvStatus::end)
        ++count;
    return count;
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t count = weir::check_whole(text);
    if (size > 0) weir::require(weir::check_pieces(text, data[size - 1] % (size + 1)) == count);
    return 0;
}
