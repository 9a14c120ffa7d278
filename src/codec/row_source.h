#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
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
//  csv:    the header names the columns and must hold the group-by column (reason "column-missing"; the
//  message names the columns found).
//          event_id and ts columns of the input are refused ("column-reserved"): use curl to send events that
//          have them already.
//  ndjson: every line an object; the fields event_id and ts are likewise reserved.
// A row that cannot be used costs that row alone: it is given by take_rejected with its line number and
// reason. Rows are checked as far as the form of the line goes; what the values mean is the server's to
// judge. Errors: a missing file ("file-missing"), a directory ("file-is-directory"), an unreadable file
// ("file-unreadable"), an empty file or one with a header only ("input-empty"), a header that cannot be read
// ("header-invalid") or names a column twice ("column-duplicate"); with `repeat`: no row that can be used
// ("input-unusable"), standard input over max_kept ("input-too-large"), a file whose header changed
// ("input-changed"). All ErrorCode::usage or ErrorCode::io; from open() where the input shows it without
// waiting, else from next().
class RowSource {
  public:
    struct Options {
        std::string path;                             // "-": standard input
        InputFormat format = InputFormat::automatic;  // by the file's name (.csv, .ndjson, .jsonl, .json),
                                                      // else by its first byte
        std::string group_by = "County";
        bool repeat = false;  // begin again at the end: rows are kept in memory up to max_kept bytes, else
                              // the file is read again
        std::size_t max_kept = 512U << 20U;
        std::size_t max_row_bytes =
            1U << 20U;  // of a row as it stands; a longer one is rejected, named by its first 4 KiB
    };
    static Result<std::unique_ptr<RowSource>> open(Options options);
    virtual ~RowSource() = default;

    // Whether next() would answer without waiting for input (a row, the end or an error); waits for that at
    // most so long, in real time. Also false when many rejected rows wait for take_rejected. An input that
    // never makes its reader wait is always ready.
    virtual bool ready(Duration /*at_most*/) { return true; }
    // The next row, valid until the next call; nullptr at the end (never, when `repeat` is set). Waits for
    // input as long as it takes.
    virtual Result<const Row*> next() = 0;
    // The header of the csv form: `event_id,ts,Waterbody Name,…`. For ndjson input, csv is not available:
    // empty.
    [[nodiscard]] virtual const std::string& csv_header() const = 0;
    // Rows that could not be used, since the last call. In a repeated pass the same row is not given again.
    virtual std::vector<DeadLetter> take_rejected() = 0;
};

}  // namespace weir
