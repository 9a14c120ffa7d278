#pragma once

#include <vector>

#include "base/bytes.h"
#include "transport/transport.h"

namespace weir {

// The batch with its body (NDJSON, not compressed) as a zstd frame. Where the frame would be over `most`
// bytes: as several batches of whole lines, in their order, with the ids <id>.1, <id>.2 and so on. An event
// that is larger alone still gets a batch of its own. The same batch always gives the same ones.
std::vector<OutgoingBatch> compressed_to_fit(OutgoingBatch batch, Bytes most);

}  // namespace weir
