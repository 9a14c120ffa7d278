#include "pipeline/producer_splitting.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "codec/compression.h"

namespace weir {
namespace {

// Takes the first `events` lines from the text.
std::string_view take_lines(std::string_view& text, std::uint64_t events) {
    std::size_t end = 0;
    for (; events > 0 && end < text.size(); --events)
        end = std::min(text.find('\n', end), text.size() - 1) + 1;
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end);
    return taken;
}

// Makes the batches, each as large as what the one before it says of how far the lines compress.
class Splitter {
  public:
    Splitter(const OutgoingBatch& whole, std::uint64_t first_guess, Bytes most)
        : whole_(whole), left_(whole.body), events_(first_guess), most_(most.count) {}

    std::vector<OutgoingBatch> run() {
        while (taken_ < whole_.events)
            add_next();
        return std::move(parts_);
    }

  private:
    void add_next() {
        for (std::uint64_t events = std::clamp<std::uint64_t>(events_, 1, whole_.events - taken_);;
             events /= 2) {
            std::string_view after = left_;
            std::string frame = zstd_compress(take_lines(after, events));
            if (frame.size() > most_ && events > 1) {
                events_ = events / 2;
                continue;
            }
            add(std::move(frame), events);
            left_ = after;
            return;
        }
    }

    void add(std::string frame, std::uint64_t events) {
        OutgoingBatch part;
        part.batch_id = fmt::format("{}.{}", whole_.batch_id, parts_.size() + 1);
        part.body = std::move(frame);
        part.content_type = whole_.content_type;
        part.content_encoding = "zstd";
        part.events = events;
        if (whole_.first_sequence > 0) part.first_sequence = whole_.first_sequence + taken_;
        taken_ += events;
        parts_.push_back(std::move(part));
    }

    const OutgoingBatch& whole_;
    std::string_view left_;
    std::uint64_t events_;  // of the next part, when they compress as the ones before
    const std::uint64_t most_;
    std::uint64_t taken_ = 0;
    std::vector<OutgoingBatch> parts_;
};

}  // namespace

std::vector<OutgoingBatch> compressed_to_fit(OutgoingBatch batch, Bytes most) {
    std::string frame = zstd_compress(batch.body);
    if (frame.size() <= most.count || batch.events <= 1) {
        batch.body = std::move(frame);
        batch.content_encoding = "zstd";
        std::vector<OutgoingBatch> one;
        one.push_back(std::move(batch));
        return one;
    }
    constexpr double spare = 0.9;  // fewer lines compress less
    const double fits = spare * static_cast<double>(most.count) / static_cast<double>(frame.size());
    return Splitter(batch, static_cast<std::uint64_t>(fits * static_cast<double>(batch.events)), most).run();
}

}  // namespace weir
