#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/dead_letter.h"

namespace weir {

enum class InputFormat { automatic, csv, ndjson };

// One row of a producer's input, made ready to be sent: only event_id and ts are still to be put in front.
//  json: `"Waterbody Name":"…","County":"…"` (the inside of the object; may be empty)
//  csv:  `Cayuta Creek,…` (the cells after event_id,ts; may be empty)
struct Row {
    std::string json;
    std::string csv;
};

// Reads rows from a file or standard input ("-"), again and again if asked. Not thread-safe.
//  csv:    the header names the columns and must hold the group-by column (reason "column-missing"; the message names the columns found).
//          event_id and ts columns of the input are refused ("column-reserved"): use curl to send events that have them already.
//  ndjson: every line an object; the fields event_id and ts are likewise reserved.
// A row that cannot be used costs that row alone: it is put into `rejected` with its line number and reason.
// Errors: a missing file ("file-missing"), a directory ("file-is-directory"), an unreadable file, an empty file or one with a header only
// ("input-empty"), all ErrorCode::usage or ErrorCode::io.
class RowSource {
  public:
    struct Options {
        std::string path;                  // "-": standard input
        InputFormat format = InputFormat::automatic;  // by the file's name (.csv, .ndjson, .jsonl, .json), else by its first byte
        std::string group_by = "County";
        bool repeat = false;               // begin again at the end: rows are kept in memory up to max_kept bytes
        std::size_t max_kept = 512U << 20U;
        std::size_t max_row_bytes = 1U << 20U;
    };
    static Result<std::unique_ptr<RowSource>> open(Options options);
    virtual ~RowSource() = default;

    // The next row; nothing at the end (never, when `repeat` is set).
    virtual Result<const Row*> next() = 0;
    // The header of the csv form: `event_id,ts,Waterbody Name,…`. For ndjson input, csv is not available: empty.
    [[nodiscard]] virtual const std::string& csv_header() const = 0;
    // Rows that could not be used, since the last call. In a repeated pass the same row is not given again.
    virtual std::vector<DeadLetter> take_rejected() = 0;
};

}  // namespace weir
