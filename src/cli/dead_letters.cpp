#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/dead_letter_queue.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"
#include "cli/table.h"
#include "codec/csv_reader.h"
#include "codec/event_export.h"
#include "codec/json_rows.h"

namespace weir::cli {
namespace {

constexpr std::size_t letters_a_page = 1000;   // what one request may ask for (docs/http.md)
constexpr std::uint64_t listed_letters = 100;  // by `list`, unless asked otherwise
constexpr std::size_t shown_bytes = 60;        // of the refused line, in a table
constexpr std::size_t shown_kept = 20;         // messages that a replay could not send back

enum class Form { table, json, ndjson, csv };

std::string csv_line(const DeadLetter& letter) {
    std::string out = fmt::format("{},{},", letter.id, format_rfc3339(letter.received_at));
    for (const std::string_view cell : {std::string_view(letter.batch_id), std::string_view(letter.source)}) {
        append_guarded_csv_cell(out, cell);
        out += ',';
    }
    out += fmt::format("{},{},", letter.line, code_of(letter.reason));
    append_guarded_csv_cell(out, letter.message);
    out += ',';
    append_guarded_csv_cell(out, is_utf8(letter.bytes) ? letter.bytes : printable(letter.bytes));
    return out + '\n';
}

class DeadLettersCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "dead-letters",
            "show what was refused, why, and where it came from",
            "list | export | replay [options]",
            {"weir dead-letters list", "weir dead-letters list --from -1h --limit 20",
             "weir dead-letters export --format ndjson", "weir dead-letters replay --aws"},
            "`list` prints a table of the first lines; `export` everything, whole, one object a line (or "
            "CSV). A line that is not UTF-8 stands in "
            "bytes_base64 in NDJSON, and with \\xNN for such bytes in a table and in CSV. FROM and TO bound "
            "the time of arrival. On AWS, messages that could not be read at all are in the dead-letter "
            "queue: "
            "`list` shows them too, `replay` sends them back to be tried again."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.positionals("list, export or replay", 1, 1, words_, {"list", "export", "replay"});
        options.group("What to print");
        options.add("from", "TIME", from_, "Only what was refused at or after TIME").flag_only = true;
        options.add("to", "TIME", to_, "Only what was refused before TIME").flag_only = true;
        options.optional_count(
            "limit", limit_,
            fmt::format("At most N; for list {} unless given, for export all", listed_letters), 1);
        options.choice<Form>("format", form_, {{"ndjson", Form::ndjson}, {"csv", Form::csv}},
                             "Form of an export");
        options
            .choice<Form>(
                "output", listing_,
                {{"table", Form::table}, {"json", Form::json}, {"ndjson", Form::ndjson}, {"csv", Form::csv}},
                "Form of a list")
            .letter = 'o';
        where_.declare_reading(options);
        options.add("dead-letter-queue", "NAME", dead_letter_queue_, "That queue, in place of the stack's");
        options.add("queue", "NAME", queue_, "The queue that replay sends to, in place of the stack's");
    }

    Result<int> run(Console& console) override {
        const bool list = words_[0] == "list";
        if (words_[0] == "replay") return send_back(console);
        if (!list && words_[0] != "export")
            return fail(ErrorCode::usage, "words", fmt::format("weir dead-letters knows no '{}'", words_[0]),
                        "use list, export or replay");
        TimeRange range{from_ ? from_->at : min_timestamp, to_ ? to_->at : max_timestamp};
        if (range.start >= range.end)
            return fail(ErrorCode::usage, "range-empty", "--from is not before --to");
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        if (list && !limit_) limit_ = listed_letters;
        const Result<StoreReader*> store = (*deployment)->store();
        if (!store && store.error().reason != "store-empty") return fail(store.error());
        if (store) {
            const Result<int> printed = print(**store, range, list ? listing_ : form_, console);
            if (!printed) return printed;
        }
        return list && where_.is_aws() ? list_queue(console) : Result<int>(exit_done);
    }

  private:
    struct Queues {
        std::unique_ptr<AwsAccess> access;
        std::string dead, live;  // URLs; empty: not known
    };
    Result<Queues> open_queues() {
        Queues queues;
        Result<std::unique_ptr<AwsAccess>> access = AwsAccess::open(where_.aws);
        if (!access) return fail(std::move(access).error());
        queues.access = *std::move(access);
        Result<std::map<std::string, std::string>> outputs = outputs_of(*queues.access, where_);
        if (!outputs) return fail(std::move(outputs).error());
        const auto url_of = [&](const std::string& given, const char* output) -> Result<std::string> {
            const std::string& name = given.empty() ? (*outputs)[output] : given;
            return name.empty() ? Result<std::string>(name) : queues.access->sqs().queue_url(name);
        };
        Result<std::string> dead = url_of(dead_letter_queue_, "DeadLetterQueueUrl");
        if (!dead) return fail(std::move(dead).error());
        Result<std::string> live = url_of(queue_, "QueueUrl");
        if (!live) return fail(std::move(live).error());
        queues.dead = *std::move(dead);
        queues.live = *std::move(live);
        return queues;
    }

    Result<int> list_queue(Console& console) {
        Result<Queues> queues = open_queues();
        if (!queues) return fail(std::move(queues).error());
        if (queues->dead.empty()) return exit_done;
        const Result<std::vector<aws::SqsMessage>> messages =
            peek(queues->access->sqs(), queues->dead, static_cast<std::size_t>(*limit_));
        if (!messages) return fail(messages.error());
        if (messages->empty()) {
            console.say("no messages in the dead-letter queue");
            return exit_done;
        }
        console.say(
            fmt::format("{} messages in the dead-letter queue; weir dead-letters replay sends them back:",
                        with_commas(messages->size())));
        Table table({{"SENT"}, {"MESSAGE"}, {"TRIES", Table::Align::right}, {"BYTES"}});
        for (const aws::SqsMessage& message : *messages)
            table.add({format_rfc3339(message.sent), message.message_id,
                       std::to_string(message.receive_count),
                       fit(printable(message.body.substr(0, shown_bytes * 4)), shown_bytes)});
        DataSink out = DataSink::standard_output();
        Result<void> printed = out.write(table.text());
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return exit_done;
    }

    Result<int> send_back(Console& console) {
        if (!where_.is_aws() && (dead_letter_queue_.empty() || queue_.empty()))
            return fail(ErrorCode::usage, "queue-missing", "replay works on the dead-letter queue of AWS",
                        "give --aws, or --dead-letter-queue NAME and --queue NAME");
        Result<Queues> queues = open_queues();
        if (!queues) return fail(std::move(queues).error());
        if (queues->dead.empty() || queues->live.empty())
            return fail(ErrorCode::usage, "queue-missing", "the stack names no queue to send back to",
                        "give --dead-letter-queue NAME and --queue NAME");
        const Result<Replay> done =
            replay(queues->access->sqs(), queues->dead, queues->live, [&console](const Replay& so_far) {
                console.draw(fmt::format("{} messages sent back", with_commas(so_far.sent)));
            });
        console.draw({});
        if (!done) return fail(done.error());
        for (std::size_t i = 0; i < std::min(done->kept.size(), shown_kept); ++i)
            console.say(
                fmt::format("weir: message {} stays: {}", done->kept[i].message_id, done->kept[i].why));
        console.say(fmt::format("weir: {} messages sent back", with_commas(done->sent)));
        if (done->kept.empty()) return exit_done;
        console.say(fmt::format("weir: {} stay in the dead-letter queue", with_commas(done->kept.size())));
        return exit_no;
    }

    Result<int> print(StoreReader& store, const TimeRange& range, Form form, Console& console) {
        DataSink out = DataSink::standard_output();
        Table table({{"ID", Table::Align::right},
                     {"RECEIVED"},
                     {"BATCH"},
                     {"LINE", Table::Align::right},
                     {"CODE"},
                     {"MESSAGE"},
                     {"BYTES"}});
        Result<void> printed = form == Form::csv
                                   ? out.write("id,received_at,batch_id,source,line,code,message,bytes\n")
                               : form == Form::json ? out.write("{\"dead_letters\":[")
                                                    : Result<void>();
        std::uint64_t count = 0;
        std::optional<std::uint64_t> next = 0;
        while (printed && next && (!limit_ || count < *limit_)) {
            const std::uint64_t wanted =
                limit_ ? std::min<std::uint64_t>(*limit_ - count, letters_a_page) : letters_a_page;
            const Result<DeadLetterPage> page =
                store.dead_letters(range, *next, static_cast<std::size_t>(wanted));
            if (!page) return fail(page.error());
            for (const DeadLetter& letter : page->letters) {
                if (form == Form::table) {
                    table.add({std::to_string(letter.id), format_rfc3339(letter.received_at), letter.batch_id,
                               std::to_string(letter.line), std::string(code_of(letter.reason)),
                               letter.message,
                               fit(printable(letter.bytes.substr(0, shown_bytes * 4)), shown_bytes)});
                } else if (printed) {
                    printed = out.write(form == Form::csv ? csv_line(letter)
                                        : form == Form::json
                                            ? fmt::format("{}\n{}", count == 0 ? "" : ",", to_json(letter))
                                            : to_json(letter) + '\n');
                }
                ++count;
            }
            next = page->next;
        }
        if (printed && form == Form::json) printed = out.write("\n]}\n");
        if (printed && form == Form::table && count > 0) printed = out.write(table.text());
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        if (count == 0) console.say("no dead letters in this range");
        if (next && limit_)
            console.say(fmt::format("the first {}; there are more: --limit N, or weir dead-letters export",
                                    with_commas(count)));
        return exit_done;
    }

    std::vector<std::string> words_;
    std::optional<TimeArgument> from_, to_;
    std::optional<std::uint64_t> limit_;
    Form form_ = Form::ndjson;
    Form listing_ = Form::table;
    DeploymentOptions where_;
    std::string dead_letter_queue_, queue_;
};

}  // namespace

std::unique_ptr<Command> make_dead_letters_command() {
    return std::make_unique<DeadLettersCommand>();
}

}  // namespace weir::cli
