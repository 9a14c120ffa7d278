#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "server/embedded_file.h"

namespace weir {

// A file that stays the same while the server runs, with its form in gzip, made once. Thread-safe, since it
// is only read.
class StaticFile {
  public:
    // `bytes` must outlive it. The tag is what tells its content from any other (hexadecimal).
    StaticFile(std::string_view bytes, std::string_view media_type, std::string tag);
    StaticFile(const EmbeddedFile& file, std::string_view media_type);

    // The file, in gzip for one who takes that, or 304 for one who has it already (If-None-Match). Kept by
    // clients, but asked for each time by its tag, since its name never changes.
    [[nodiscard]] http::Response answer(const http::RequestHead& head) const;

  private:
    std::string_view bytes_;
    std::string media_type_;
    std::string tag_;
    std::string gzipped_;  // empty: it would not be smaller
};

}  // namespace weir
