#include "cli/dead_letter_text.h"

#include <utility>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "codec/event_export.h"
#include "codec/json_rows.h"

namespace weir::cli {
namespace {

constexpr std::size_t shown_bytes = 60;  // of a line or body, in a table

std::string beginning(std::string_view bytes) {
    return fit(printable(bytes.substr(0, shown_bytes * 4)), shown_bytes);
}

struct CsvRow {
    std::string id, received_at;
    std::string_view batch_id, source;
    std::string line;
    std::string_view code, message, bytes;
};

std::string csv_line(const CsvRow& row) {
    std::string out = fmt::format("{},{},", row.id, row.received_at);
    for (const std::string_view cell : {row.batch_id, row.source}) {
        append_guarded_csv_cell(out, cell);
        out += ',';
    }
    out += fmt::format("{},{},", row.line, row.code);
    append_guarded_csv_cell(out, row.message);
    out += ',';
    append_guarded_csv_cell(out, is_utf8(row.bytes) ? std::string(row.bytes) : printable(row.bytes));
    return out + '\n';
}

std::string message_json(const aws::SqsMessage& message, std::string_view queue) {
    return fmt::format(R"({{"message_id":{},"queue":{},"sent":"{}","tries":{},"body":{}}})",
                       json_string(message.message_id), json_string(queue), format_rfc3339(message.sent),
                       message.receive_count, json_string(message.body));
}

std::string message_csv(const aws::SqsMessage& message, std::string_view queue) {
    const std::string source = fmt::format("sqs:{}", queue);
    const std::string tries = fmt::format("not stored after {} {}", message.receive_count,
                                          message.receive_count == 1 ? "try" : "tries");
    return csv_line({{},
                     format_rfc3339(message.sent),
                     message.message_id,
                     source,
                     {},
                     "dead_message",
                     tries,
                     message.body});
}

std::string messages_table(std::span<const aws::SqsMessage> messages) {
    if (messages.empty()) return {};
    Table table({{"SENT"}, {"MESSAGE"}, {"TRIES", Table::Align::right}, {"BYTES"}});
    for (const aws::SqsMessage& message : messages)
        table.add({format_rfc3339(message.sent), message.message_id, std::to_string(message.receive_count),
                   beginning(message.body)});
    return table.text();
}

}  // namespace

DeadLetterText::DeadLetterText(DeadLetterForm form)
    : form_(form),
      table_({{"ID", Table::Align::right},
              {"RECEIVED"},
              {"BATCH"},
              {"LINE", Table::Align::right},
              {"CODE"},
              {"MESSAGE"},
              {"BYTES"}}) {}

std::string DeadLetterText::begin() {
    if (form_ == DeadLetterForm::csv) return "id,received_at,batch_id,source,line,code,message,bytes\n";
    return form_ == DeadLetterForm::json ? "{\"dead_letters\":[" : "";
}

std::string DeadLetterText::letter(const DeadLetter& letter) {
    const bool first = !std::exchange(any_, true);
    switch (form_) {
        case DeadLetterForm::table:
            table_.add({std::to_string(letter.id), format_rfc3339(letter.received_at), letter.batch_id,
                        std::to_string(letter.line), std::string(code_of(letter.reason)), letter.message,
                        beginning(letter.bytes)});
            return {};
        case DeadLetterForm::json:
            return fmt::format("{}\n{}", first ? "" : ",", to_json(letter));
        case DeadLetterForm::ndjson:
            return to_json(letter) + '\n';
        case DeadLetterForm::csv:
            break;
    }
    return csv_line({std::to_string(letter.id), format_rfc3339(letter.received_at), letter.batch_id,
                     letter.source, std::to_string(letter.line), code_of(letter.reason), letter.message,
                     letter.bytes});
}

std::string DeadLetterText::end_letters() {
    if (form_ == DeadLetterForm::table) return any_ ? table_.text() : "";
    return form_ == DeadLetterForm::json ? "\n]" : "";
}

std::string DeadLetterText::messages(std::span<const aws::SqsMessage> messages, std::string_view queue) {
    if (form_ == DeadLetterForm::table) return messages_table(messages);
    std::string out = form_ == DeadLetterForm::json ? ",\"queue_messages\":[" : "";
    for (const aws::SqsMessage& message : messages) {
        if (form_ == DeadLetterForm::csv)
            out += message_csv(message, queue);
        else if (form_ == DeadLetterForm::ndjson)
            out += message_json(message, queue) + '\n';
        else
            out +=
                fmt::format("{}\n{}", &message == messages.data() ? "" : ",", message_json(message, queue));
    }
    return form_ == DeadLetterForm::json ? out + "\n]" : out;
}

std::string DeadLetterText::end() {
    return form_ == DeadLetterForm::json ? "}\n" : "";
}

}  // namespace weir::cli
