#include "cli/rejects_file.h"

#include <map>
#include <string_view>

#include "base/clock.h"
#include "codec/compression.h"
#include "codec/csv_reader.h"
#include "codec/json_rows.h"

namespace weir::cli {
namespace {

class RecordingRowSource final : public RowSource {
  public:
    RecordingRowSource(std::unique_ptr<RowSource> source, RejectsFile& rejects)
        : source_(std::move(source)), rejects_(rejects) {}
    bool ready(Duration at_most) override { return source_->ready(at_most); }
    Result<const Row*> next() override { return source_->next(); }
    [[nodiscard]] const std::string& csv_header() const override { return source_->csv_header(); }
    std::vector<DeadLetter> take_rejected() override {
        std::vector<DeadLetter> letters = source_->take_rejected();
        for (const DeadLetter& letter : letters)
            rejects_.add(letter);
        return letters;
    }

  private:
    std::unique_ptr<RowSource> source_;
    RejectsFile& rejects_;
};

// The lines of a body by the number that a verdict gives them.
std::map<std::uint64_t, std::string_view> numbered_lines(std::string_view body, bool csv) {
    std::map<std::uint64_t, std::string_view> lines;
    if (csv) {
        CsvReader reader(body);
        CsvRecord record;
        for (CsvStatus status = reader.next(record); status != CsvStatus::end; status = reader.next(record))
            lines[record.line] = record.raw;
        return lines;
    }
    for (std::uint64_t number = 1; !body.empty(); ++number) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        lines[number] = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return lines;
}

}  // namespace

Result<std::unique_ptr<RejectsFile>> RejectsFile::create(const std::string& path) {
    Result<DataSink> sink = DataSink::file(path);
    if (!sink) return fail(std::move(sink).error());
    return std::unique_ptr<RejectsFile>(new RejectsFile(*std::move(sink)));
}

void RejectsFile::add(const DeadLetter& letter) {
    const std::scoped_lock lock(mutex_);
    if (written_) written_ = sink_.write(to_json(letter) + '\n');
}

void RejectsFile::add(const OutgoingBatch& batch, const Delivery& delivery) {
    if (delivery.outcome != Delivery::Outcome::acknowledged || delivery.verdict.rejected == 0) return;
    std::string plain;
    if (batch.content_encoding == "zstd") {
        Result<std::string> body =
            zstd_decompress(batch.body, DecompressionLimits{.max_output = 1_GiB, .max_ratio = 1U << 20U});
        if (body) plain = *std::move(body);
    } else {
        plain = batch.body;
    }
    const auto lines = numbered_lines(plain, batch.content_type.starts_with("text/csv"));
    for (const LineError& error : delivery.verdict.errors) {
        const auto line = lines.find(error.line);
        add(DeadLetter{.id = 0,
                       .received_at = system_clock().now(),
                       .batch_id = batch.batch_id,
                       .source = "server",
                       .line = error.line,
                       .reason = error.reason,
                       .message = error.message,
                       .bytes = line == lines.end() ? std::string() : std::string(line->second)});
    }
    const std::scoped_lock lock(mutex_);
    unnamed_ += delivery.verdict.rejected -
                std::min<std::uint64_t>(delivery.verdict.rejected, delivery.verdict.errors.size());
}

std::uint64_t RejectsFile::unnamed() const {
    const std::scoped_lock lock(mutex_);
    return unnamed_;
}

Result<void> RejectsFile::finish() {
    const std::scoped_lock lock(mutex_);
    if (written_) written_ = sink_.finish();
    return written_;
}

std::unique_ptr<RowSource> recording_rejects(std::unique_ptr<RowSource> source, RejectsFile& rejects) {
    return std::make_unique<RecordingRowSource>(std::move(source), rejects);
}

}  // namespace weir::cli
