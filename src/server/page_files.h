#pragma once

#include <span>
#include <string_view>

namespace weir {

// One file of the live page, as web/dist holds it. CMake writes the list into the binary
// (cmake/EmbedFiles.cmake), so that nothing is read at run time.
struct PageFile {
    std::string_view path;  // "index.html", "assets/app.js"
    std::string_view bytes;
    std::string_view sha256;  // hexadecimal
};
std::span<const PageFile> page_files();

}  // namespace weir
