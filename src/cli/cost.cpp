#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/aws_access.h"
#include "cli/command.h"
#include "cli/cost_measure.h"
#include "cli/cost_report.h"
#include "cli/data_sink.h"
#include "cli/exit_status.h"
#include "window/window.h"

namespace weir::cli {
namespace {

using aws::CostBilling;
using aws::CostLayout;
using aws::CostTransport;

enum class CostForm { table, json };

// What an event still needs after its linger until it is counted, and what the store allows for clocks.
constexpr Duration row_margin{15'000};

constexpr Duration measured_by_default{std::chrono::minutes{10}};

Result<std::string> read_small_file(const std::string& path, std::string_view flag) {
    constexpr std::size_t most = 1U << 20U;
    const auto bad = [&](std::string_view problem) {
        return fail(ErrorCode::usage, "file-unreadable", fmt::format("{} {}: {}", flag, path, problem),
                    "name a JSON file that this user can read");
    };
    std::ifstream file(path, std::ios::binary);
    if (!file) return bad("there is no such file, or it cannot be read");
    std::string text(most + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.gcount() == 0 && !file.eof())) return bad("it cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > most) return bad("it is longer than 1 MiB");
    return text;
}

class CostCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "cost",
            "what a rate of events costs on AWS, line by line, and the cheapest way to send it",
            "[options]",
            {"weir cost --rate 20/s", "weir cost --rate 200/s --layout blocks --linger 30s --explain",
             "weir cost --rate 1000/s --layout blocks --output json",
             "weir cost --rate 20/s --measure --stack weir --from -10m"},
            "Arithmetic alone; only --measure asks AWS, for the logs of a stack's functions. The prices are "
            "a dated file with the source of each; "
            "what is assumed of the services stands there too. List prices come first, then what the "
            "always-free tier covers, for ever. Cheapest is searched over --batch-events, --linger and "
            "--compress in both layouts. The form of the record that --measured takes stands in "
            "docs/cli.md."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("What is sent");
        options.add("rate", "RATE", rate_, "How many events: 10/s, 1000/s, 5/m, evenly all month");
        options.positive("event-bytes", setting_.event_bytes, "Size of an event as JSON");
        options.count("keys", setting_.keys, "Different keys that are counted by", 1, 1'000'000);
        options.choice<CostTransport>("transport", setting_.transport,
                                      {{"sqs", CostTransport::sqs}, {"kinesis", CostTransport::kinesis}},
                                      "What carries it");
        options.count("batch-events", batch_events_, "Most events of a batch, which is a message", 1,
                      1'000'000);
        options.positive("batch-bytes", setting_.batch_bytes, "Most bytes of a batch, before compression");
        options.add("linger", "TIME", setting_.linger,
                    "Send a batch when its first event has waited so long");
        options.choice<bool>("compress", setting_.compress, {{"zstd", true}, {"none", false}},
                             "Compression of the messages");
        options.group("How it is stored and counted");
        options.choice<CostLayout>("layout", setting_.layout,
                                   {{"rows", CostLayout::rows}, {"blocks", CostLayout::blocks}},
                                   "An item an event, or compressed items of many events");
        options.choice<CostBilling>(
            "billing", setting_.billing,
            {{"on-demand", CostBilling::on_demand}, {"provisioned", CostBilling::provisioned}},
            "How the tables are paid for; 25 provisioned units are free");
        options.positive("retention", setting_.retention, "How long events and rows are kept");
        options.choice<bool>("recovery", setting_.recovery, {{"on", true}, {"off", false}},
                             "Point-in-time recovery of the tables");
        options.positive("window", setting_.window, "Length of a window");
        options.positive("pane", setting_.pane, "Length of a pane");
        options.positive("slide", setting_.slide, "How often a row is stored");
        options.add("lateness", "TIME", setting_.lateness,
                    "A row is final when its window has been over for so long");
        options.count("memory", setting_.memory_mb, "Memory of the functions, MB", 128, 10'240);
        options.count("reads", reads_a_day_, "Queries of a row a day", 0, 1'000'000'000);
        options.group("How it is reckoned");
        options.add("max-linger", "TIME", max_linger_, "Longest linger that the search may choose");
        options.add("prices", "FILE", prices_path_,
                    "Other prices, in the form of data/prices/us-east-1.json");
        options
            .add("measured", "FILE", measured_path_,
                 "Compare with what a run of this setting consumed (JSON)")
            .flag_only = true;
        options.group("A real run");
        options.toggle("measure", measure_,
                       "Compare with what a stack consumed: this setting is to be the stack's");
        options.add("stack", "NAME", stack_, "Name of the stack that is measured");
        options.add("from", "TIME", from_, "Measure from this time; without it the last ten minutes")
            .flag_only = true;
        options.add("to", "TIME", to_, "Measure up to this time; without it now").flag_only = true;
        aws_.declare(options);
        options.group("How it is printed");
        options.toggle("explain", explain_, "Show how the units of each line came about");
        options
            .choice<CostForm>("output", output_, {{"table", CostForm::table}, {"json", CostForm::json}},
                              "How to print it")
            .letter = 'o';
    }

    Result<int> run(Console& console) override {
        if (Result<void> checked = check(); !checked) return fail(checked.error());
        const Result<aws::PriceList> prices = read_prices();
        if (!prices) return fail(prices.error());
        if (setting_.linger > setting_.lateness - row_margin)
            console.warn(
                fmt::format("with a linger of {} events may come after their row is final (--lateness {}); "
                            "counting those rows again is not in the bill",
                            format_duration(setting_.linger), format_duration(setting_.lateness)));
        Result<CostReport> report = reckon(*prices);
        if (!report) return fail(std::move(report).error());
        DataSink out = DataSink::standard_output();
        Result<void> printed =
            out.write(output_ == CostForm::json ? cost_json(*report) : cost_text(*report, explain_));
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return exit_done;
    }

  private:
    Result<void> check() {
        if (!rate_.per_second || *rate_.per_second <= 0)
            return fail(ErrorCode::usage, "rate-invalid", "weir cost needs a rate with a number",
                        "such as --rate 20/s");
        const WindowSpec window{setting_.window, setting_.pane, setting_.slide, setting_.lateness};
        if (Result<void> valid = validate(window); !valid)
            return fail(ErrorCode::usage, valid.error().reason, valid.error().message, valid.error().hint);
        setting_.rate = *rate_.per_second;
        setting_.batch_events = batch_events_;
        setting_.reads_a_day = static_cast<double>(reads_a_day_);
        return {};
    }

    [[nodiscard]] Result<aws::PriceList> read_prices() const {
        if (prices_path_.empty()) return aws::PriceList::parse(aws::embedded_prices());
        const Result<std::string> text = read_small_file(prices_path_, "--prices");
        if (!text) return fail(text.error());
        return aws::PriceList::parse(*text);
    }

    [[nodiscard]] Result<CostReport> reckon(const aws::PriceList& prices) const {
        const auto in = [&](CostLayout layout) {
            aws::CostSetting setting = setting_;
            setting.layout = layout;
            return setting;
        };
        const aws::CostSetting rows = in(CostLayout::rows), blocks = in(CostLayout::blocks);
        CostReport report{prices,
                          aws::cost_of(setting_, prices),
                          aws::cheapest(rows, max_linger_, prices),
                          aws::cheapest(blocks, max_linger_, prices),
                          aws::plain_way(setting_, prices),
                          aws::free_limit(rows, max_linger_, prices),
                          aws::free_limit(blocks, max_linger_, prices),
                          {}};
        if (measure_) return with_measured(std::move(report));
        if (measured_path_.empty()) return report;
        const Result<std::string> text = read_small_file(measured_path_, "--measured");
        if (!text) return fail(text.error());
        const Result<aws::MeasuredRun> run = aws::parse_measured(*text);
        if (!run) return fail(run.error());
        report.measured = aws::compare(report.asked, *run);
        return report;
    }

    Result<CostReport> with_measured(CostReport report) const {
        const Timestamp now = system_clock().now();
        const TimeRange range{from_ ? from_->at : now - measured_by_default, to_ ? to_->at : now};
        if (range.start >= range.end)
            return fail(ErrorCode::usage, "range-empty", "--from is not before --to");
        Result<std::unique_ptr<AwsAccess>> access = AwsAccess::open(aws_);
        if (!access) return fail(std::move(access).error());
        const Result<aws::MeasuredRun> run = measure_run(**access, stack_, range);
        if (!run) return fail(run.error());
        report.measured = aws::compare(report.asked, *run);
        return report;
    }

    aws::CostSetting setting_;
    Rate rate_{100.0};
    std::uint32_t batch_events_ = 1000;
    std::uint64_t reads_a_day_ = 1000;
    Duration max_linger_{30'000};
    bool measure_ = false;
    std::string stack_ = "weir";
    std::optional<TimeArgument> from_, to_;
    AwsOptions aws_;
    std::string prices_path_, measured_path_;
    bool explain_ = false;
    CostForm output_ = CostForm::table;
};

}  // namespace

std::unique_ptr<Command> make_cost_command() {
    return std::make_unique<CostCommand>();
}

}  // namespace weir::cli
