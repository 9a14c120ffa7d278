#pragma once

#include <span>

#include "server/embedded_file.h"

namespace weir {

// openapi.json of this folder, alone.
std::span<const EmbeddedFile> openapi_files();

}  // namespace weir
