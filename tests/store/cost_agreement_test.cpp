// What `weir cost` predicts against what the store consumes, as DynamoDB counts it, on the real rows.
#include <cmath>
#include <fstream>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "aws/cost_measured.h"
#include "aws/cost_prices.h"
#include "base/json_string.h"
#include "codec/batch_decoder.h"
#include "codec/csv_reader.h"
#include "fake_dynamodb.h"
#include "pipeline/aggregator.h"
#include "store/dynamo_store.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using test::FakeDynamoDb;
using test::ManualClock;

constexpr Duration minute{60'000};
const Timestamp start = *parse_rfc3339("2026-11-24T00:00:00.000Z");

// The rows of the real data as the members of a JSON object.
std::vector<std::string> real_rows() {
    std::ifstream file(WEIR_SOURCE_DIR "/data/recommended_fishing_rivers_and_streams.csv", std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    CsvReader reader(text, /*last=*/true);
    CsvRecord record;
    std::vector<std::string> header, rows;
    while (reader.next(record) == CsvStatus::record) {
        if (header.empty()) {
            for (const auto& cell : record.cells)
                header.emplace_back(cell);
            continue;
        }
        std::string row;
        for (std::size_t i = 0; i < header.size(); ++i)
            row += ',' + json_string(header[i]) + ':' + json_string(record.cells[i]);
        rows.push_back(std::move(row));
    }
    return rows;
}

// A deployment in small: batches are committed as they come, and the schedule runs each minute.
class Deployment {
  public:
    explicit Deployment(Layout layout) {
        db_.create_table("events");
        db_.create_table("aggregates");
        DynamoOptions options;
        options.events_table = "events";
        options.aggregates_table = "aggregates";
        options.layout = layout;
        options.identity.group_by = "County";
        options.identity.window = window_;
        options.identity.view = view_name("County", window_);
        auto store = open_dynamo_store(db_, options, clock_);
        if (!store) throw std::runtime_error(store.error().message);
        store_ = *std::move(store);
        aggregator_ = std::make_unique<Aggregator>(
            *store_, clock_,
            Aggregator::Options{.view = options.identity.view, .window = window_, .settle = Duration{0}});
    }

    // Sends events at an even rate, `batch_events` a batch.
    void run(double rate, std::size_t batch_events, int minutes) {
        const Timestamp end = now_ + minutes * minute;
        std::string body;
        std::size_t lines = 0;
        while (now_ < end) {
            const Timestamp next =
                first_ + Duration{std::llround(static_cast<double>(events_) * 1000 / rate)};
            const Timestamp tick = align_down(now_, minute) + minute;
            if (tick <= next) {
                now_ = tick;
                clock_.set(now_ + Duration{300});
                ASSERT_TRUE(aggregator_->tick_at(now_));
                continue;
            }
            now_ = next;
            ++events_;
            body += fmt::format(R"({{"event_id":"{}","ts":"{}"{}}})"
                                "\n",
                                format_event_id("r7f3", events_), format_rfc3339(now_),
                                rows_[random_() % rows_.size()]);
            if (++lines < batch_events) continue;
            commit(std::exchange(body, {}));
            lines = 0;
        }
    }

    [[nodiscard]] aws::MeasuredRun consumed() const {
        aws::MeasuredRun run;
        run.events = static_cast<double>(events_);
        run.seconds = std::chrono::duration<double>(now_ - first_).count();
        run.write_units = db_.consumed().write_units;
        run.read_units = db_.consumed().read_units;
        return run;
    }

  private:
    void commit(std::string body) {
        clock_.set(now_ + Duration{500});
        auto batch = decoder_.decode({.media = MediaType::ndjson,
                                      .batch_id = fmt::format("r7f3-b{}", ++batches_),
                                      .body = std::move(body),
                                      .now = clock_.now(),
                                      .source = "test"});
        ASSERT_TRUE(batch);
        const auto answers = store_->commit({&*batch, 1});
        ASSERT_TRUE(answers && answers->front());
    }

    const WindowSpec window_{std::chrono::minutes{5}, Duration{10'000}, minute, minute};
    const std::vector<std::string> rows_ = real_rows();
    const Timestamp first_ = start;
    ManualClock clock_{start};
    FakeDynamoDb db_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Aggregator> aggregator_;
    BatchDecoder decoder_{"County", {}};
    std::mt19937 random_{1};
    Timestamp now_ = start;
    std::uint64_t events_ = 0;
    unsigned batches_ = 0;
};

struct Case {
    Layout layout;
    double rate;
    std::size_t batch_events;
};

class CostAgreement : public testing::TestWithParam<Case> {};

TEST_P(CostAgreement, within_five_percent_with_what_the_store_consumes) {
    const Case& made = GetParam();
    Deployment deployment(made.layout);
    deployment.run(made.rate, made.batch_events, 10);  // until windows are full
    const aws::MeasuredRun before = deployment.consumed();
    deployment.run(made.rate, made.batch_events, 15);
    aws::MeasuredRun run = deployment.consumed();
    run.events -= before.events;
    *run.seconds -= *before.seconds;
    *run.write_units -= *before.write_units;
    *run.read_units -= *before.read_units;

    aws::CostSetting setting;
    setting.layout = made.layout == Layout::rows ? aws::CostLayout::rows : aws::CostLayout::blocks;
    setting.rate = made.rate;
    setting.event_bytes = Bytes{587};  // the mean of the real rows
    setting.batch_events = static_cast<double>(made.batch_events);
    setting.batch_bytes = 16_MiB;
    setting.linger = minute;
    setting.keys = 55;
    setting.reads_a_day = 0;
    const auto prices = aws::PriceList::parse(aws::embedded_prices());
    ASSERT_TRUE(prices);
    for (const aws::Comparison& line : aws::compare(aws::cost_of(setting, *prices), run)) {
        ASSERT_TRUE(line.difference) << line.what;
        EXPECT_NEAR(*line.difference, 0, 5)
            << line.what << ": predicted " << line.predicted << ", consumed " << line.measured;
        RecordProperty(line.what, fmt::format("{:+.2f}%", *line.difference));
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, CostAgreement,
                         // Rates at which batches begin at ever other moments of a minute. The counts of a
                         // minute do not lie at a multiple of 4 KB, where a few bytes are a read unit.
                         testing::Values(Case{Layout::rows, 19, 100}, Case{Layout::rows, 41, 450},
                                         Case{Layout::blocks, 19, 100}, Case{Layout::blocks, 97, 700},
                                         Case{Layout::blocks, 193, 3900}),
                         [](const auto& named) {
                             return fmt::format("{}_{:.0f}_a_second_by_{}",
                                                named.param.layout == Layout::rows ? "rows" : "blocks",
                                                named.param.rate, named.param.batch_events);
                         });

}  // namespace
}  // namespace weir
