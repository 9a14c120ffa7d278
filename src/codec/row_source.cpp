#include "codec/row_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/input_buffer.h"
#include "codec/row_parser.h"

namespace weir {
namespace {

constexpr std::size_t most_unclaimed = 1000;  // rejected rows held for take_rejected before ready() says no
constexpr std::size_t most_unclaimed_bytes = 16U << 20U;

class StreamedRowSource final : public RowSource {
  public:
    StreamedRowSource(Options options, InputBuffer input)
        : options_(std::move(options)), input_(std::move(input)) {}

    Result<void> start();

    bool ready(Duration at_most) override {
        return pending_ != nullptr || outcome_ || advance(at_most, true);
    }
    Result<const Row*> next() override;
    [[nodiscard]] const std::string& csv_header() const override { return csv_header_; }
    std::vector<DeadLetter> take_rejected() override {
        unclaimed_bytes_ = 0;
        return std::exchange(rejected_, {});
    }

  private:
    Result<InputFormat> detect_format();
    Result<void> begin_pass();
    // Moves on until next() can be answered; false when there was nothing to read for so long.
    bool advance(std::optional<Duration> at_most, bool mind_rejected);
    bool fill(std::optional<Duration> at_most);
    void keep(const Row& row);
    void reject(DeadLetter letter);
    void end_pass();
    void end_with(Error error) { outcome_ = fail(std::move(error)); }

    Options options_;
    InputBuffer input_;
    InputFormat format_ = InputFormat::automatic;
    std::unique_ptr<RowParser> parser_;
    std::string csv_header_;
    std::size_t wanted_ = 0;               // bytes of text before it is looked at again
    const Row* pending_ = nullptr;         // what next() will return
    std::optional<Result<void>> outcome_;  // set at the end
    bool first_pass_ = true;
    std::uint64_t rows_in_pass_ = 0;
    std::uint64_t rejected_in_pass_ = 0;

    bool keeping_ = false;  // while all rows so far fit
    bool replaying_ = false;
    std::vector<Row> kept_;
    std::size_t kept_bytes_ = 0;
    std::size_t next_kept_ = 0;

    std::vector<DeadLetter> rejected_;
    std::size_t unclaimed_bytes_ = 0;
};

Result<void> StreamedRowSource::start() {
    auto format = detect_format();
    if (!format) return fail(std::move(format).error());
    format_ = *format;
    keeping_ = options_.repeat;
    if (auto begun = begin_pass(); !begun) return begun;
    csv_header_ = parser_->csv_header();
    if (input_.is_file() && ready(Duration{0}) && outcome_) {
        if (!*outcome_) return *outcome_;
    }
    return {};
}

Result<InputFormat> StreamedRowSource::detect_format() {
    if (options_.format != InputFormat::automatic) return options_.format;
    const auto ends_with = [&](std::string_view end) {
        const std::string_view path = options_.path;
        return path.size() >= end.size() && path.substr(path.size() - end.size()) == end;
    };
    if (ends_with(".csv")) return InputFormat::csv;
    if (ends_with(".ndjson") || ends_with(".jsonl") || ends_with(".json")) return InputFormat::ndjson;
    while (true) {
        const std::string_view text = input_.text();
        const std::size_t first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
        if (first != std::string_view::npos)
            return text[first] == '{' ? InputFormat::ndjson : InputFormat::csv;
        auto filled = input_.fill(std::nullopt);
        if (!filled) return fail(std::move(filled).error());
        if (*filled == InputBuffer::Fill::end) return InputFormat::csv;
    }
}

Result<void> StreamedRowSource::begin_pass() {
    parser_ = format_ == InputFormat::csv ? make_csv_row_parser(options_, input_.name())
                                          : make_ndjson_row_parser(options_);
    rows_in_pass_ = rejected_in_pass_ = wanted_ = 0;
    while (true) {
        auto read = parser_->read_header(input_.text(), input_.at_end());
        if (!read) return fail(std::move(read).error());
        if (*read) break;
        if (auto filled = input_.fill(std::nullopt); !filled) return fail(std::move(filled).error());
    }
    input_.consume(parser_->consumed());
    return {};
}

Result<const Row*> StreamedRowSource::next() {
    while (pending_ == nullptr && !outcome_)
        advance(std::nullopt, false);
    if (pending_ != nullptr) return std::exchange(pending_, nullptr);
    if (!*outcome_) return fail(outcome_->error());
    return nullptr;
}

bool StreamedRowSource::advance(std::optional<Duration> at_most, bool mind_rejected) {
    if (replaying_) {
        pending_ = &kept_[next_kept_];
        next_kept_ = next_kept_ + 1 == kept_.size() ? 0 : next_kept_ + 1;
        return true;
    }
    while (pending_ == nullptr && !outcome_) {
        if (mind_rejected && (rejected_.size() >= most_unclaimed || unclaimed_bytes_ >= most_unclaimed_bytes))
            return false;
        if (wanted_ > input_.text().size() && !input_.at_end()) {
            if (!fill(at_most)) return false;
            continue;
        }
        wanted_ = 0;
        const RowParser::Step step = parser_->next(input_.text(), input_.at_end());
        input_.consume(parser_->consumed());
        switch (step) {
            case RowParser::Step::row:
                keep(parser_->row());
                break;
            case RowParser::Step::rejected:
                reject(std::move(parser_->rejected()));
                break;
            case RowParser::Step::end:
                end_pass();
                break;
            case RowParser::Step::need_more: {
                // A long row is looked at again only when its text has doubled, so that it costs no more than
                // it is long.
                const std::size_t held = input_.text().size();
                wanted_ = held > options_.max_row_bytes ? 2 * held : held + 1;
                break;
            }
        }
    }
    return true;
}

// False when nothing came.
bool StreamedRowSource::fill(std::optional<Duration> at_most) {
    auto filled = input_.fill(at_most);
    if (!filled) end_with(std::move(filled).error());
    return !filled || *filled != InputBuffer::Fill::nothing || !at_most;
}

void StreamedRowSource::keep(const Row& row) {
    ++rows_in_pass_;
    pending_ = &row;
    if (!keeping_) return;
    kept_bytes_ += sizeof(Row) + row.json.size() + row.csv.size();
    keeping_ = kept_bytes_ <= options_.max_kept;
    if (keeping_)
        kept_.push_back(row);
    else
        std::exchange(kept_, {});
}

void StreamedRowSource::reject(DeadLetter letter) {
    ++rejected_in_pass_;
    if (!first_pass_) return;
    letter.source = input_.name();
    unclaimed_bytes_ += letter.bytes.size() + letter.message.size();
    rejected_.push_back(std::move(letter));
}

void StreamedRowSource::end_pass() {
    if (rows_in_pass_ == 0 && rejected_in_pass_ == 0)
        return end_with({ErrorCode::usage, "input-empty",
                         fmt::format("{} has no rows{}", input_.name(),
                                     format_ == InputFormat::csv ? " after its header" : ""),
                         "check that the file was written completely"});
    if (!options_.repeat) {
        outcome_ = Result<void>{};
        return;
    }
    if (rows_in_pass_ == 0)
        return end_with({ErrorCode::usage, "input-unusable",
                         fmt::format("none of the {} rows of {} can be used", with_commas(rejected_in_pass_),
                                     input_.name()),
                         "see what was rejected and why, and check the input's format"});
    first_pass_ = false;
    if (keeping_) {
        replaying_ = true;
        pending_ = &kept_.front();
        next_kept_ = kept_.size() > 1 ? 1 : 0;
        return;
    }
    if (!input_.is_file())
        return end_with({ErrorCode::usage, "input-too-large",
                         fmt::format("{} holds more than the {} bytes that can be kept to be sent again",
                                     input_.name(), with_commas(options_.max_kept)),
                         "save it to a file and stream that"});
    auto begun = input_.rewind();
    if (begun) begun = begin_pass();
    if (!begun) return end_with(std::move(begun).error());
    if (parser_->csv_header() != csv_header_)
        end_with({ErrorCode::io, "input-changed",
                  fmt::format("the header of {} changed while it was read again", input_.name()),
                  "stream a file that nobody writes to"});
}

}  // namespace

Result<std::unique_ptr<RowSource>> RowSource::open(Options options) {
    auto input = InputBuffer::open(options.path);
    if (!input) return fail(std::move(input).error());
    auto source = std::make_unique<StreamedRowSource>(std::move(options), std::move(*input));
    if (auto started = source->start(); !started) return fail(std::move(started).error());
    return std::unique_ptr<RowSource>(std::move(source));
}

}  // namespace weir
