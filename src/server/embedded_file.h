#pragma once

#include <string_view>

#include "http/message.h"

namespace weir {

// A file that CMake writes into the binary (cmake/EmbedFiles.cmake), so that nothing is read at run time.
struct EmbeddedFile {
    std::string_view path;  // "index.html", "assets/app.js"
    std::string_view bytes;
    std::string_view sha256;  // hexadecimal
};

// The file, or 304 for one who has it already: kept by clients, but asked for each time by its tag, since its
// name never changes.
http::Response file_answer(const EmbeddedFile& file, std::string_view media_type,
                           const http::RequestHead& head);

}  // namespace weir
