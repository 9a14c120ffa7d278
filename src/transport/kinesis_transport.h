#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/kinesis.h"
#include "base/result.h"
#include "transport/transport.h"

namespace weir {

// Sends batches to a Kinesis data stream, one record a batch (codec/message_envelope.h, binary form) with the
// batch id as its partition key, so that batches spread over the shards and a batch that is sent again goes
// to the same one. What several transports of one maker have to send at the same moment goes as one
// PutRecords.
//  acknowledged: the stream has the record and will deliver it. Nothing has been stored yet, so that the
//  verdict is
//                {received = stored = events}: what is late, a duplicate or rejected is found by the store
//                function.
//  retry:        the request or this record failed; a throttled one after a wait
//  refused:      the record is over max_kinesis_record_bytes, or the stream or the permission to put to it is
//  missing
// `stream`: a name, looked up here (ErrorCode::not_found when there is none). `on_cancel` is called by
// Transport::cancel and should end a running request (Caller::cancel). `kinesis` outlives the maker and its
// transports.
Result<std::function<std::unique_ptr<Transport>()>> make_kinesis_transports(
    aws::Kinesis& kinesis, const std::string& stream, std::function<void()> on_cancel = {});

}  // namespace weir
