#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/aws_access.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/exit_status.h"
#include "cli/progress.h"
#include "cli/rejects_file.h"
#include "cli/remote.h"
#include "cli/signals.h"
#include "cli/stream_summary.h"
#include "event/group_by.h"
#include "pipeline/producer.h"
#include "transport/http_transport.h"
#include "transport/stream_transport.h"

namespace weir::cli {
namespace {

// Hands signals to the producer once there is one; before that, a signal simply ends the process.
class ProducerStop {
  public:
    explicit ProducerStop(Console& console) : console_(console) {}

    void run_with(Producer* producer) {
        const std::scoped_lock lock(mutex_);
        producer_ = producer;
    }
    void signalled(int signal, int times) {
        const std::scoped_lock lock(mutex_);
        if (producer_ == nullptr) ::_exit(exit_status_of_signal(signal));
        if (times == 1) {
            console_.say(
                "weir: draining: waiting for what was sent to be acknowledged; Ctrl-C again to abort");
            producer_->stop();
        } else {
            console_.say("weir: aborting");
            producer_->abort();
        }
    }

  private:
    Console& console_;
    std::mutex mutex_;
    Producer* producer_ = nullptr;
};

enum class SummaryForm { table, json };

class StreamCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "stream",
            "send the rows of a file as events, at a rate or as fast as they are stored",
            "FILE|- [options]",
            {"weir stream data/recommended_fishing_rivers_and_streams.csv",
             "weir stream data/recommended_fishing_rivers_and_streams.csv --limit 3000 --rate 1000/s",
             "weir stream data/recommended_fishing_rivers_and_streams.csv --to sqs://weir-events --rate 10/s",
             "weir stream data/recommended_fishing_rivers_and_streams.csv --to - | head -n 3"},
            "Each row gets a ts (the moment it is due) and an event_id (RUN-SEQUENCE). Ends with 0 only if "
            "every event was acknowledged and no "
            "row rejected; with 1 if rows were rejected, 3 if a batch was given up, 4 if the server refused "
            "one, 130 or 143 if stopped. "
            "The first Ctrl-C sends what was read and waits for it, the second gives that up; the summary is "
            "printed in any case. To SQS and Kinesis a batch is a message: --batch-bytes may be up to 8 MiB, "
            "and what compresses to more than a message holds goes as several."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.positionals("FILE (or - for standard input)", 1, 1, words_);
        options.group("What to send");
        options.optional_count("limit", producer_.limit,
                               "Exactly N events; the file is read again when it is shorter", 1);
        options.toggle("loop", loop_, "Read the file again and again, until stopped");
        options.add("rate", "RATE", rate_,
                    "How many events: 10/s, 1000/s, 5/m, or max for as fast as they are stored");
        options.choice<InputFormat>(
            "input", source_.format,
            {{"auto", InputFormat::automatic}, {"csv", InputFormat::csv}, {"ndjson", InputFormat::ndjson}},
            "Form of the file; auto goes by its name, then by its first character");
        options
            .add("group-by", "FIELD", source_.group_by,
                 "Field that the server counts by, repeated for several; a CSV file must have them")
            .joint = group_by_separator;
        options
            .add("run-id", "ID", producer_.run_id,
                 "Name of this run, the beginning of every event_id; without it a fresh one")
            .flag_only = true;
        options.group("Where to, and how");
        options.add("to", "URL", remote_.server,
                    "Server, sqs://QUEUE, kinesis://STREAM, or - for standard output");
        options.choice<LineFormat>("format", producer_.format,
                                   {{"json", LineFormat::ndjson}, {"csv", LineFormat::csv}},
                                   "Form on the wire; csv is about half as long");
        options.choice<bool>("compress", producer_.compress, {{"zstd", true}, {"none", false}},
                             "Compression on the wire; none for --to -");
        options.count("batch-events", producer_.batch_events, "Most events of a batch", 1, 1'000'000);
        options.positive("batch-bytes", producer_.batch_bytes, "Most bytes of a batch, before compression");
        options.add("linger", "TIME", producer_.linger,
                    "Send a batch when its first event has waited so long");
        options.count("in-flight", producer_.in_flight, "Batches that are sent at once", 1, 256);
        options.add("retry-for", "TIME", producer_.retry_for,
                    "Give a batch up when it was not acknowledged for so long");
        remote_.declare_access(options);
        aws_.declare(options);
        options.group("What to print");
        options.add("rejects", "FILE", rejects_path_,
                    "Keep rejected lines, with the reason, in FILE (NDJSON)");
        options
            .choice<SummaryForm>("output", output_,
                                 {{"table", SummaryForm::table}, {"json", SummaryForm::json}},
                                 "Form of the summary")
            .letter = 'o';
        options.choice<ProgressMode>(
            "progress", progress_,
            {{"auto", ProgressMode::automatic},
             {"always", ProgressMode::always},
             {"never", ProgressMode::never}},
            "Progress on standard error: a line that moves on a terminal, else one every 10 s");
        options.toggle("quiet", quiet_, "No progress").letter = 'q';
    }

    Result<int> run(Console& console) override {
        if (Result<void> checked = check(); !checked) return fail(checked.error());
        SignalWatcher signals;  // first: the threads below inherit its mask
        ProducerStop stop(console);
        signals.watch([&stop](int signal, int times) { stop.signalled(signal, times); });
        Result<std::unique_ptr<RowSource>> source = open_source();
        if (!source) return fail(std::move(source).error());
        Result<Producer::MakeTransport> transport = make_transport(console, (*source)->csv_header());
        if (!transport) return fail(std::move(transport).error());
        Producer producer(producer_, **source, *std::move(transport), system_clock());
        if (rejects_)
            producer.on_delivery([this](const OutgoingBatch& batch, const Delivery& delivery) {
                rejects_->add(batch, delivery);
            });
        const ProducerSummary summary = run_producer(producer, stop, console);
        return finish(summary, signals.received(), console);
    }

  private:
    [[nodiscard]] bool to_output() const { return remote_.server == "-"; }

    Result<void> check() {
        source_.path = words_[0];
        source_.repeat = loop_ || producer_.limit;
        producer_.rate = rate_.per_second;
        if (source_.path == "-" && ::isatty(STDIN_FILENO) == 1)
            return fail(ErrorCode::usage, "input-terminal", "standard input is a terminal, not data",
                        "name a file, or pipe rows in: cat FILE | weir stream -");
        ProducerSequence id;
        if (producer_.run_id.empty()) producer_.run_id = make_run_id();
        if (const std::string first = format_event_id(producer_.run_id, 1);
            !parse_producer_sequence(first, id) || id.run != producer_.run_id)
            return fail(ErrorCode::usage, "run-id-invalid",
                        fmt::format("--run-id: '{}' cannot name a run", producer_.run_id),
                        "use 1 to 64 characters of A-Z, a-z, 0-9, _ and .");
        if (to_output()) producer_.compress = false;
        if (quiet_) progress_ = ProgressMode::never;
        return {};
    }

    Result<std::unique_ptr<RowSource>> open_source() {
        Result<std::unique_ptr<RowSource>> source = RowSource::open(source_);
        if (!source) return source;
        if (producer_.format == LineFormat::csv && (*source)->csv_header().empty())
            return fail(ErrorCode::usage, "format-mismatch",
                        "--format csv wants CSV input, and this is NDJSON", "leave --format csv out");
        if (rejects_path_.empty()) return source;
        Result<std::unique_ptr<RejectsFile>> rejects = RejectsFile::create(rejects_path_);
        if (!rejects) return fail(std::move(rejects).error());
        rejects_ = *std::move(rejects);
        return recording_rejects(*std::move(source), *rejects_);
    }

    Result<Producer::MakeTransport> make_transport(Console& console, const std::string& csv_header) {
        if (to_output()) {
            auto sink = std::make_shared<StreamSink>(
                STDOUT_FILENO, producer_.format == LineFormat::csv ? csv_header : std::string());
            producer_.in_flight = 1;  // so that the events come out in their order
            return Producer::MakeTransport([sink] { return std::make_unique<StreamTransport>(sink); });
        }
        if (is_aws_address(remote_.server)) {
            Result<std::unique_ptr<AwsAccess>> access = AwsAccess::open(aws_);
            if (!access) return fail(std::move(access).error());
            access_ = *std::move(access);
            if (const std::string note = fit_into_messages(remote_.server, producer_); !note.empty())
                console.say("weir: " + note);
            return access_->transports(remote_.server);
        }
        Result<http::Url> url = remote_.url();
        if (!url) return fail(std::move(url).error());
        Result<std::string> token = remote_.token(console);
        if (!token) return fail(std::move(token).error());
        const HttpTransport::Options options{*std::move(token), remote_.client()};
        return Producer::MakeTransport(
            [url = *url, options] { return std::make_unique<HttpTransport>(url, options); });
    }

    ProducerSummary run_producer(Producer& producer, ProducerStop& stop, Console& console) {
        const Progress progress(console, progress_,
                                [&] { return progress_line(producer.progress(), producer_.limit); });
        stop.run_with(&producer);
        ProducerSummary summary = producer.run();
        stop.run_with(nullptr);
        return summary;
    }

    Result<int> finish(const ProducerSummary& summary, std::optional<int> signal, Console& console) {
        if (to_output() && summary.error && summary.error->reason == "output-closed") return exit_done;
        const std::string text =
            output_ == SummaryForm::json ? summary_json(summary) : summary_table(summary);
        if (to_output()) {
            console.say(std::string_view(text).substr(0, text.size() - 1));
        } else {
            DataSink out = DataSink::standard_output();
            Result<void> written = out.write(text);
            if (written) written = out.finish();
            if (!written && written.error().reason != reader_gone) console.report(written.error());
        }
        if (summary.error) console.report(*summary.error);
        if (rejects_) {
            if (Result<void> kept = rejects_->finish(); !kept) return fail(kept.error());
            if (rejects_->unnamed() > 0)
                console.say(fmt::format("weir: {} more rejected lines are in weir dead-letters export",
                                        with_commas(rejects_->unnamed())));
        }
        return stream_status(summary, signal);
    }

    std::vector<std::string> words_;
    bool loop_ = false;
    Rate rate_;
    RowSource::Options source_;
    ProducerOptions producer_;
    RemoteOptions remote_;
    AwsOptions aws_;
    std::unique_ptr<AwsAccess> access_;  // outlives the transports
    std::string rejects_path_;
    std::unique_ptr<RejectsFile> rejects_;
    SummaryForm output_ = SummaryForm::table;
    ProgressMode progress_ = ProgressMode::automatic;
    bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_stream_command() {
    return std::make_unique<StreamCommand>();
}

}  // namespace weir::cli
