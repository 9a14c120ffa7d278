#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/sqs.h"
#include "base/result.h"
#include "transport/transport.h"

namespace weir {

// Sends batches to an SQS queue, one message a batch (codec/message_envelope.h); what several transports of
// one maker have to send at the same moment goes as one SendMessageBatch.
//  acknowledged: the queue has the message and will deliver it. Nothing has been stored yet, so that the
//  verdict is
//                {received = stored = events}: what is late, a duplicate or rejected is found by the store
//                function.
//  retry:        the request failed or was throttled, or this message was not taken for a fault of AWS's own
//  refused:      this message is the sender's fault (AWS's code is the error's reason), is over
//  max_sqs_bytes, or the
//                queue or the permission to send to it is missing
// `queue`: a name or URL, looked up here (ErrorCode::not_found when there is none). `on_cancel` is called by
// Transport::cancel and should end a running request (Caller::cancel). `sqs` outlives the maker and its
// transports.
Result<std::function<std::unique_ptr<Transport>()>> make_sqs_transports(aws::Sqs& sqs,
                                                                        const std::string& queue,
                                                                        std::function<void()> on_cancel = {});

}  // namespace weir
