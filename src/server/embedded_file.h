#pragma once

#include <string_view>

namespace weir {

// A file that CMake writes into the binary (cmake/EmbedFiles.cmake), so that nothing is read at run time.
struct EmbeddedFile {
    std::string_view path;  // "index.html", "assets/app.js"
    std::string_view bytes;
    std::string_view sha256;  // hexadecimal
};

}  // namespace weir
