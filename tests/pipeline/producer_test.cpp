#include "pipeline/producer.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "event/event.h"
#include "pipeline/producer_world.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using test::acknowledge;
using test::CountingSource;
using test::ManualClock;
using test::producer_options;
using test::ScriptedServer;
using test::SentEvent;

const Timestamp start = timestamp_from_ms(1'795'479'353'000);

class ProducerTest : public testing::Test {
  protected:
    ProducerSummary run(const ProducerOptions& options, RowSource& source) {
        return Producer(options, source, server.transports(), clock).run();
    }
    ManualClock clock{start};
    ScriptedServer server;
};

void expect_contiguous(const std::vector<SentEvent>& events) {
    for (std::size_t i = 0; i < events.size(); ++i) {
        ASSERT_EQ(events[i].id, format_event_id("run", i + 1));
        ASSERT_EQ(events[i].row, "\"n\":\"" + std::to_string(i + 1) + "\"");
        ASSERT_GE(events[i].ts, events[i == 0 ? 0 : i - 1].ts);
    }
}

TEST_F(ProducerTest, sends_exactly_the_limit_in_batches_of_the_size_asked_for) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 2501;
    const ProducerSummary summary = run(options, source);
    EXPECT_EQ(server.batch_sizes(), (std::vector<std::uint64_t>{1000, 1000, 501}));
    expect_contiguous(server.events_in_order());
    EXPECT_EQ(summary.totals.produced, 2501U);
    EXPECT_EQ(summary.totals.acknowledged, 2501U);
    EXPECT_EQ(summary.totals.batches, 3U);
    EXPECT_FALSE(summary.error);
    EXPECT_FALSE(summary.interrupted);
    EXPECT_EQ(summary.run_id, "run");
    EXPECT_EQ(summary.first_ts, start);
}

TEST_F(ProducerTest, a_batch_knows_the_number_of_its_first_event) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 2501;
    run(options, source);
    ASSERT_EQ(server.kept().size(), 3U);
    for (const auto& [id, kept] : server.kept())
        EXPECT_EQ(test::events_of(kept.batch.body).at(0).id,
                  format_event_id("run", kept.batch.first_sequence));
}

TEST_F(ProducerTest, ends_with_the_source) {
    CountingSource source(7);
    const ProducerSummary summary = run(producer_options(), source);
    EXPECT_EQ(summary.totals.acknowledged, 7U);
    EXPECT_FALSE(summary.error);
    EXPECT_FALSE(summary.interrupted);
}

TEST_F(ProducerTest, nothing_to_send_sends_nothing) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 0;
    EXPECT_EQ(run(options, source).totals.produced, 0U);
    EXPECT_TRUE(server.kept().empty());
}

TEST_F(ProducerTest, a_body_stays_within_its_bytes_unless_one_event_is_larger) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 1000;
    options.batch_bytes = Bytes{500};
    run(options, source);
    for (const auto& [id, kept] : server.kept()) {
        EXPECT_LE(kept.batch.body.size(), 500U);
        EXPECT_GE(kept.batch.events, 2U);
    }
    expect_contiguous(server.events_in_order());

    ScriptedServer small;
    CountingSource again;
    options.limit = 3;
    options.batch_bytes = Bytes{1};
    Producer(options, again, small.transports(), clock).run();
    EXPECT_EQ(small.batch_sizes(), (std::vector<std::uint64_t>{1, 1, 1}));
}

TEST_F(ProducerTest, compressed_batches_hold_the_same_lines) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 5000;
    options.compress = true;
    const ProducerSummary summary = run(options, source);
    std::uint64_t bytes = 0;
    for (const auto& [id, kept] : server.kept()) {
        EXPECT_EQ(kept.batch.content_encoding, "zstd");
        EXPECT_EQ(kept.batch.content_type, "application/x-ndjson");
        bytes += kept.batch.body.size();
    }
    expect_contiguous(server.events_in_order());
    EXPECT_EQ(summary.totals.wire_bytes, bytes);
}

TEST_F(ProducerTest, a_compressed_body_stays_within_its_bytes_as_several_batches) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 5000;
    options.batch_events = 5000;
    options.batch_bytes = 8_MiB;
    options.compress = true;
    options.most_compressed = Bytes{4'000};
    const ProducerSummary summary = run(options, source);
    EXPECT_EQ(summary.totals.acknowledged, 5000U);
    EXPECT_GT(server.kept().size(), 1U);
    std::set<std::string> ids;
    for (const auto& [id, kept] : server.kept()) {
        EXPECT_LE(kept.batch.body.size(), 4'000U) << id;
        const auto events = test::events_of(test::plain_body(kept.batch));
        EXPECT_EQ(events.size(), kept.batch.events);
        EXPECT_EQ(events.at(0).id, format_event_id("run", kept.batch.first_sequence));
        for (const auto& event : events)
            ids.insert(event.id);
    }
    EXPECT_EQ(ids.size(), 5000U);
}

TEST_F(ProducerTest, every_csv_body_begins_with_the_header) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 3;
    options.batch_events = 2;
    options.format = LineFormat::csv;
    run(options, source);
    const std::string time = format_rfc3339(start);
    EXPECT_EQ(server.kept().at("run-b1").batch.body,
              "event_id,ts,n\nrun-000001," + time + ",1\nrun-000002," + time + ",2\n");
    EXPECT_EQ(server.kept().at("run-b2").batch.body, "event_id,ts,n\nrun-000003," + time + ",3\n");
    EXPECT_EQ(server.kept().at("run-b1").batch.content_type, "text/csv");
}

TEST_F(ProducerTest, the_rate_is_exact_over_ten_seconds_at_any_rate) {
    for (const double rate : {0.5, 7.0, 1000.0, 12'345.0, 200'000.0}) {
        ManualClock time(start);
        ScriptedServer target;
        CountingSource source;
        ProducerOptions options = producer_options();
        options.rate = rate;
        options.limit = static_cast<std::uint64_t>(rate * 10);
        const ProducerSummary summary = Producer(options, source, target.transports(), time).run();
        EXPECT_NEAR(summary.totals.seconds, 10.0, 0.01) << rate;
        const auto events = target.events_in_order();
        ASSERT_EQ(events.size(), *options.limit);
        for (std::size_t i = 0; i < events.size(); ++i)
            ASSERT_NEAR(static_cast<double>((events[i].ts - start).count()),
                        1000.0 * static_cast<double>(i + 1) / rate, 1.0);
        EXPECT_EQ(summary.first_ts, events.front().ts);
        EXPECT_EQ(summary.last_ts, events.back().ts);
    }
}

TEST_F(ProducerTest, a_stalled_server_is_caught_up_with_and_times_stay_those_that_were_due) {
    ManualClock time(start);
    ScriptedServer slow([&](const OutgoingBatch& batch, std::uint32_t) {
        if (batch.batch_id == "run-b3") time.advance(Duration{2'000});
        return acknowledge(batch);
    });
    CountingSource source;
    ProducerOptions options = producer_options();
    options.rate = 1000;
    options.limit = 10'000;
    options.in_flight = 1;
    const ProducerSummary summary = Producer(options, source, slow.transports(), time).run();
    EXPECT_NEAR(summary.totals.seconds, 10.0, 0.05);
    const auto events = slow.events_in_order();
    ASSERT_EQ(events.size(), 10'000U);
    for (std::size_t i = 0; i < events.size(); ++i)
        ASSERT_EQ(events[i].ts, start + Duration{static_cast<std::int64_t>(i) + 1});
}

TEST_F(ProducerTest, at_a_low_rate_a_batch_leaves_when_its_first_event_has_lingered) {
    CountingSource source;
    ProducerOptions options = producer_options();
    options.rate = 10;  // events at 100, 200, 300 ms; the first batch leaves at 350 ms
    options.linger = Duration{250};
    options.limit = 9;
    run(options, source);
    EXPECT_EQ(server.batch_sizes(), (std::vector<std::uint64_t>{3, 3, 3}));
}

// An input that has one row, keeps its reader waiting for a while, and then has another.
class SlowSource final : public CountingSource {
  public:
    SlowSource(ManualClock& clock, Duration pause) : CountingSource(2), clock_(clock), pause_(pause) {}
    bool ready(Duration at_most) override {
        if (given_ != 1 || waited_ >= pause_) return true;
        waited_ += at_most;
        clock_.advance(at_most);
        return false;
    }
    Result<const Row*> next() override {
        ++given_;
        return CountingSource::next();
    }

  private:
    ManualClock& clock_;
    Duration pause_;
    Duration waited_{0};
    int given_ = 0;
};

TEST_F(ProducerTest, a_batch_does_not_wait_for_an_input_that_pauses) {
    for (const auto& [pause, batches] : {std::pair{Duration{60}, 1U}, {Duration{500}, 2U}}) {
        ScriptedServer target;
        SlowSource source(clock, pause);
        Producer(producer_options(), source, target.transports(), clock).run();
        EXPECT_EQ(target.kept().size(), batches);
    }
}

TEST_F(ProducerTest, a_run_can_be_stopped_while_the_input_pauses) {
    class Silent final : public CountingSource {
      public:
        bool ready(Duration) override {
            std::this_thread::yield();
            return false;
        }
    } source;
    Producer producer(producer_options(), source, server.transports(), system_clock());
    std::jthread stopper([&] { producer.stop(); });
    const ProducerSummary summary = producer.run();
    EXPECT_TRUE(summary.interrupted);
    EXPECT_EQ(summary.totals.produced, 0U);
}

TEST_F(ProducerTest, an_error_of_the_source_ends_the_run_after_what_was_produced) {
    CountingSource source;
    source.fail_at = 1500;
    const ProducerSummary summary = run(producer_options(), source);
    EXPECT_EQ(summary.totals.acknowledged, 1500U);
    ASSERT_TRUE(summary.error);
    EXPECT_EQ(summary.error->reason, "file-unreadable");
    EXPECT_EQ(summary.error->message, "the disk is gone");
}

TEST_F(ProducerTest, rejected_rows_are_counted_and_the_first_are_named) {
    CountingSource source(5);
    source.rejected.resize(3);
    source.rejected.front().line = 42;
    source.rejected.front().bytes = std::string(1'000'000, 'x');
    const ProducerSummary summary = run(producer_options(), source);
    EXPECT_EQ(summary.totals.rejected, 3U);
    EXPECT_EQ(summary.totals.acknowledged, 5U);
    ASSERT_EQ(summary.first_rejected.size(), 3U);
    EXPECT_EQ(summary.first_rejected.front().line, 42U);
    EXPECT_LT(summary.first_rejected.front().bytes.size(), 10'000U);
}

TEST_F(ProducerTest, options_that_make_no_run_are_usage_errors) {
    const auto reason = [&](auto change) {
        ProducerOptions options = producer_options();
        change(options);
        CountingSource source(1);
        source.csv_header_value = "";
        const ProducerSummary summary = run(options, source);
        EXPECT_EQ(summary.totals.produced, 0U);
        EXPECT_TRUE(!summary.error || summary.error->code == ErrorCode::usage);
        return summary.error ? summary.error->reason : "";
    };
    EXPECT_EQ(reason([](ProducerOptions& o) { o.run_id = "no spaces"; }), "run-id-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.run_id = std::string(65, 'x'); }), "run-id-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.rate = 0; }), "option-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.batch_events = 0; }), "option-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.batch_bytes = Bytes{0}; }), "option-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.in_flight = 0; }), "option-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.in_flight = 257; }), "option-invalid");
    EXPECT_EQ(reason([](ProducerOptions& o) { o.format = LineFormat::csv; }), "format-unavailable");
    EXPECT_TRUE(server.kept().empty());
}

TEST(RunId, is_fresh_and_fits_into_event_ids) {
    const std::string a = make_run_id(), b = make_run_id();
    EXPECT_NE(a, b);
    EXPECT_EQ(a.size(), 13U);
    EXPECT_EQ(a.front(), 'r');
    ProducerSequence parts;
    const std::string event_id = format_event_id(a, 1);
    ASSERT_TRUE(parse_producer_sequence(event_id, parts));
    EXPECT_EQ(parts.run, a);
}

}  // namespace
}  // namespace weir
