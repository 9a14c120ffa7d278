#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/dead_letter_queue.h"
#include "cli/dead_letter_text.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"

namespace weir::cli {
namespace {

constexpr std::size_t letters_a_page = 1000;   // what one request may ask for (docs/http.md)
constexpr std::uint64_t listed_letters = 100;  // by `list`, unless asked otherwise
constexpr std::string_view no_letters = "no dead letters in this range";
constexpr std::size_t shown_kept = 20;  // messages that a replay could not send back

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
            "CSV). A line that is not UTF-8 stands in bytes_base64 in NDJSON, and with \\xNN for such bytes "
            "in a table and in CSV. FROM and TO bound the time of arrival. On AWS, messages of SQS that "
            "could not be read at all are in the dead-letter queue (records of Kinesis are dead letters "
            "with the code message_refused): `list` shows those too that were sent from FROM to "
            "TO, the first N of them: as queue_messages beside dead_letters in JSON, as objects with a "
            "message_id in NDJSON, as rows without an id and with the code dead_message in CSV. `replay` "
            "sends all of them back to be tried again."};
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
        options.choice<DeadLetterForm>("format", form_,
                                       {{"ndjson", DeadLetterForm::ndjson}, {"csv", DeadLetterForm::csv}},
                                       "Form of an export");
        options
            .choice<DeadLetterForm>("output", listing_,
                                    {{"table", DeadLetterForm::table},
                                     {"json", DeadLetterForm::json},
                                     {"ndjson", DeadLetterForm::ndjson},
                                     {"csv", DeadLetterForm::csv}},
                                    "Form of a list")
            .letter = 'o';
        where_.declare_reading(options);
        options.add("dead-letter-queue", "NAME", dead_letter_queue_, "That queue, in place of the stack's");
        options.add("queue", "NAME", queue_, "The queue that replay sends to, in place of the stack's");
    }

    Result<int> run(Console& console) override {
        const bool is_list = words_[0] == "list";
        if (words_[0] == "replay") return send_back(console);
        if (!is_list && words_[0] != "export")
            return fail(ErrorCode::usage, "words", fmt::format("weir dead-letters knows no '{}'", words_[0]),
                        "use list, export or replay");
        TimeRange range{from_ ? from_->at : min_timestamp, to_ ? to_->at : max_timestamp};
        if (range.start >= range.end)
            return fail(ErrorCode::usage, "range-empty", "--from is not before --to");
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        return is_list ? list(**deployment, range, console)
                       : print(**deployment, range, form_, nullptr, console);
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

    struct DeadMessages {
        std::string queue;  // its name; empty: the stack names none
        std::vector<aws::SqsMessage> messages;
    };
    Result<DeadMessages> look_at_queue(const TimeRange& sent) {
        Result<Queues> queues = open_queues();
        if (!queues) return fail(std::move(queues).error());
        if (queues->dead.empty()) return DeadMessages{};
        Result<std::vector<aws::SqsMessage>> messages =
            peek(queues->access->sqs(), queues->dead, sent, static_cast<std::size_t>(*limit_));
        if (!messages) return fail(std::move(messages).error());
        return DeadMessages{queues->dead.substr(queues->dead.rfind('/') + 1), *std::move(messages)};
    }

    // The letters, and on AWS the messages of the dead-letter queue too. A queue that cannot be looked at is
    // an error, and costs no letter.
    Result<int> list(Deployment& deployment, const TimeRange& range, Console& console) {
        if (!limit_) limit_ = listed_letters;
        Result<DeadMessages> dead = where_.is_aws() ? look_at_queue(range) : DeadMessages{};
        Result<int> printed = print(deployment, range, listing_, dead ? &*dead : nullptr, console);
        if (printed && !dead) return fail(std::move(dead).error());
        return printed;
    }

    Result<int> send_back(Console& console) {
        if (from_ || to_ || limit_)
            return fail(ErrorCode::usage, "replay-is-whole",
                        "replay sends back every message of the dead-letter queue; --from, --to and --limit "
                        "bound what list and export print",
                        "leave them away");
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

    Result<int> print(Deployment& deployment, const TimeRange& range, DeadLetterForm form,
                      const DeadMessages* dead, Console& console) {
        const Result<StoreReader*> store = deployment.store();
        const bool is_empty = !store && store.error().reason == "store-empty";
        if (!store && !is_empty) return fail(store.error());
        DataSink out = DataSink::standard_output();
        DeadLetterText text(form);
        Result<void> printed = out.write(text.begin());
        if (is_empty) console.say(no_letters);
        if (printed && !is_empty) printed = print_letters(**store, range, text, out, console);
        if (printed) printed = out.write(text.end_letters());
        if (printed) printed = out.flush();  // before what is said of the messages
        if (printed && dead != nullptr && !dead->queue.empty()) {
            say_messages(dead->messages.size(), console);
            if (printed) printed = out.write(text.messages(dead->messages, dead->queue));
        }
        if (printed) printed = out.write(text.end());
        if (printed) printed = out.finish();
        if (!printed) return fail(std::move(printed).error());
        return exit_done;
    }

    Result<void> print_letters(StoreReader& store, const TimeRange& range, DeadLetterText& text,
                               DataSink& out, Console& console) {
        std::uint64_t count = 0;
        std::optional<std::uint64_t> next = 0;
        while (next && (!limit_ || count < *limit_)) {
            const std::uint64_t wanted =
                limit_ ? std::min<std::uint64_t>(*limit_ - count, letters_a_page) : letters_a_page;
            const Result<DeadLetterPage> page =
                store.dead_letters(range, *next, static_cast<std::size_t>(wanted));
            if (!page) return fail(page.error());
            for (const DeadLetter& letter : page->letters)
                if (Result<void> written = out.write(text.letter(letter)); !written) return written;
            count += page->letters.size();
            next = page->next;
        }
        if (count == 0) console.say(no_letters);
        if (next && limit_)
            console.say(fmt::format("the first {}; there are more: --limit N, or weir dead-letters export",
                                    with_commas(count)));
        return {};
    }

    void say_messages(std::size_t count, Console& console) const {
        if (count == 0) return console.say("no messages in the dead-letter queue in this range");
        console.say(
            fmt::format("{}{} messages in the dead-letter queue{}; weir dead-letters replay sends them "
                        "back:",
                        count == *limit_ ? "the first " : "", with_commas(count),
                        count == *limit_ ? " (--limit N shows more)" : ""));
    }

    std::vector<std::string> words_;
    std::optional<TimeArgument> from_, to_;
    std::optional<std::uint64_t> limit_;
    DeadLetterForm form_ = DeadLetterForm::ndjson;
    DeadLetterForm listing_ = DeadLetterForm::table;
    DeploymentOptions where_;
    std::string dead_letter_queue_, queue_;
};

}  // namespace

std::unique_ptr<Command> make_dead_letters_command() {
    return std::make_unique<DeadLettersCommand>();
}

}  // namespace weir::cli
