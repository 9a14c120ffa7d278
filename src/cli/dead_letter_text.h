#pragma once

#include <span>
#include <string>
#include <string_view>

#include "aws/sqs.h"
#include "cli/table.h"
#include "event/dead_letter.h"

namespace weir::cli {

enum class DeadLetterForm { table, json, ndjson, csv };

// Dead letters, and after them the messages of a dead-letter queue, as text in one form. The pieces are to be
// written one after the other, in the order of the functions; messages may be left out.
//  table:  one of the letters, then one of the messages, with the beginnings of lines and bodies
//  json:   one document: {"dead_letters":[…],"queue_messages":[…]}, without the second list when messages was
//          not called. A letter is as docs/http.md shows it; a message is
//          {"message_id":"…","queue":"…","sent":"2026-11-24T00:15:53.123Z","tries":3,"body":"…"}
//  ndjson: the same objects, one a line; those of messages have a message_id and no id
//  csv:    one header; a message is a row without id and line, with the time at which it was sent, its own id
//  as
//          the batch's, the code dead_message, how often it was tried, and its body
class DeadLetterText {
  public:
    explicit DeadLetterText(DeadLetterForm form);

    std::string begin();
    std::string letter(const DeadLetter& letter);
    std::string end_letters();
    // `queue`: its name.
    std::string messages(std::span<const aws::SqsMessage> messages, std::string_view queue);
    std::string end();

  private:
    const DeadLetterForm form_;
    Table table_;
    bool any_ = false;  // letters
};

}  // namespace weir::cli
