#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cli/console.h"
#include "pipeline/producer.h"

namespace weir::cli {

enum class ProgressMode { automatic, always, never };

// Tells how far a command is, from a thread of its own, until it is destroyed. Automatic: on a terminal one
// line that is drawn again four times a second and fitted to its width, else a plain line every ten seconds.
// `always` draws the line wherever standard error leads; `never` says nothing.
class Progress {
  public:
    Progress(Console& console, ProgressMode mode, std::function<std::string()> line);
    ~Progress();  // removes the line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

  private:
    void loop(bool drawn, const std::function<std::string()>& line);

    Console& console_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool end_ = false;
    std::thread thread_;
};

// Columns of the terminal that standard error is, or 80.
std::size_t terminal_width();

// `12,400/30,000 41%  1,180 events/s  0.6 MB/s  ETA 15s  acknowledged 12,000  rejected 0  retries 1`;
// `limit`: how many events there will be.
std::string progress_line(const ProducerProgress& progress, std::optional<std::uint64_t> limit);

// 0 s to 99 d, for people: `15s`, `3m 20s`, `2h 5m`.
std::string format_eta(double seconds);

}  // namespace weir::cli
