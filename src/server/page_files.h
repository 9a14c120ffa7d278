#pragma once

#include <span>

#include "server/embedded_file.h"

namespace weir {

// The files of the live page, as web/dist holds them.
std::span<const EmbeddedFile> page_files();

}  // namespace weir
