// The proof of views: what it says of a true view, and that it notices every way in which one can be false.
#include "pipeline/view_audit.h"

#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "pipeline/sensor_world.h"
#include "pipeline/view_feed.h"
#include "store/temporary_folder.h"

namespace weir {
namespace {

using test::SensorWorld;
using test::TemporaryFolder;

constexpr Duration second{1000};

ViewSpec view(const std::string& text) {
    const auto spec = parse_view(text, {"", WindowSpec{}, {"County"}, MeasureKind::count, ""});
    if (!spec) throw std::runtime_error(spec.error().message);
    return *spec;
}

// A reader in front of another that lies.
class LyingViews final : public ViewReader {
  public:
    explicit LyingViews(ViewReader& inner) : inner_(inner) {}
    std::function<void(ViewRow&)> lie = [](ViewRow&) {};
    std::function<bool(const ViewRow&)> hides = [](const ViewRow&) { return false; };

    Result<std::vector<ViewStatus>> views() override { return inner_.views(); }
    Result<ViewRow> window(const std::string& name, std::optional<Timestamp> end) override {
        auto row = inner_.window(name, end);
        if (row) lie(*row);
        return row;
    }
    Result<std::vector<ViewRow>> rows(const std::string& name, TimeRange ends, std::size_t limit) override {
        auto rows = inner_.rows(name, ends, limit);
        if (!rows) return rows;
        std::erase_if(*rows, hides);
        for (ViewRow& row : *rows)
            lie(row);
        return rows;
    }

  private:
    ViewReader& inner_;
};

class ViewAuditTest : public testing::Test {
  protected:
    ViewAuditTest() {
        ViewFeed::Options options;
        options.views = {view("name=level,window=20s,slide=5s,measure=sum:level"),
                         view("name=counts,window=10s,slide=10s")};
        feed = *ViewFeed::open(*world.store, *records, world.clock, options);
    }

    // Events of the last seconds, one each 100 ms; each seventh without a number.
    void send(const std::string& run, int count, Duration ago = Duration{0}) {
        std::string body;
        for (int i = 1; i <= count; ++i)
            body += fmt::format(R"({{"event_id":"{}-{}","ts":"{}","County":"{}","level":{}}})", run, i,
                                format_rfc3339(world.clock.now() - ago - Duration{100} * (count - i)),
                                SensorWorld::counties.at(static_cast<std::size_t>(i % 3)),
                                i % 7 == 0 ? "\"?\"" : fmt::format("{}.{}", i, i % 10)) +
                    "\n";
        BatchDecoder decoder("County", {});
        auto batch = decoder.decode({MediaType::ndjson, run, std::move(body), world.clock.now(), ""});
        ASSERT_TRUE(batch);
        ASSERT_TRUE(world.store->commit({&*batch, 1}));
        last = world.clock.now();
    }
    void settle() {
        world.clock.advance(30 * second);
        ASSERT_TRUE(feed->tick());
    }
    Result<ViewReport> audit(ViewReader& views, const std::string& name = {}) {
        return audit_views(*world.store, views,
                           {name, {last - 60 * second, world.clock.now()}, last - 120 * second}, world.clock,
                           [](std::uint64_t) {});
    }

    SensorWorld world;
    TemporaryFolder folder;
    std::unique_ptr<ViewStore> records = *open_rocks_view_store(folder.path());
    std::unique_ptr<ViewFeed> feed;
    Timestamp last;
};

TEST_F(ViewAuditTest, passes_a_true_view_and_says_what_it_compared) {
    send("a", 200);
    settle();
    const auto report = audit(*feed);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->passed());
    EXPECT_EQ(report->views, (std::vector<std::string>{"level", "counts"}));
    EXPECT_GE(report->rows, 9U);  // 20 s of events: eight windows of one, two or three of the other
    EXPECT_EQ(report->rows_pending, 0U);
    const auto verified = verify_views(*world.store, *feed, {}, last);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->passed());
    EXPECT_EQ(verified->rows, 2U);
}

TEST_F(ViewAuditTest, looks_at_the_view_that_is_named) {
    send("a", 20);
    settle();
    EXPECT_EQ(audit(*feed, "counts")->views, std::vector<std::string>{"counts"});
    EXPECT_EQ(audit(*feed, "none").error().reason, "view-unknown");
}

TEST_F(ViewAuditTest, a_row_that_waits_for_newer_events_is_no_difference) {
    send("a", 200);
    settle();
    send("late", 10, 40 * second);
    ASSERT_TRUE(feed->window("level", {}));  // reads the late events, and writes no row
    const auto report = audit(*feed);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->passed());
    EXPECT_GT(report->rows_pending, 0U);
}

TEST_F(ViewAuditTest, notices_every_way_to_be_false) {
    send("a", 200);
    settle();
    const std::vector<std::pair<std::string, std::function<void(ViewRow&)>>> lies{
        {"events", [](ViewRow& row) { ++row.total; }},
        {"unusable events", [](ViewRow& row) { ++row.unusable; }},
        {"sum:level", [](ViewRow& row) { row.groups.begin()->second.value += "1"; }},
        {"sum:level", [](ViewRow& row) { ++row.groups.begin()->second.count; }},
        {"the group is missing", [](ViewRow& row) { row.groups.erase(row.groups.begin()); }},
        {"no such event",
         [](ViewRow& row) {
             row.groups["Atlantis"] = {1, "1"};
         }},
        {"another view", [](ViewRow& row) { row.view = "counts"; }},
        {"another measure", [](ViewRow& row) { row.measure = "max:level"; }},
        {"another window", [](ViewRow& row) { row.window.start += second; }},
    };
    for (const auto& [note, lie] : lies) {
        LyingViews views(*feed);
        views.lie = [&lie = lie](ViewRow& row) {
            if (row.view == "level") lie(row);
        };
        const auto report = audit(views);
        ASSERT_TRUE(report);
        ASSERT_FALSE(report->first.empty()) << note;
        EXPECT_EQ(report->first.front().note, note);
        EXPECT_EQ(report->first.front().view, "level");
        const auto verified = verify_views(*world.store, views, {}, last);
        ASSERT_TRUE(verified);
        EXPECT_FALSE(verified->passed()) << note;
    }
}

TEST_F(ViewAuditTest, notices_the_true_answer_to_another_question) {
    send("a", 200);
    settle();
    LyingViews views(*feed);
    views.lie = [&](ViewRow& row) { row = *feed->window(row.view, row.window.end - 10 * second); };
    const auto verified = verify_views(*world.store, views, "level", last);
    ASSERT_TRUE(verified);
    ASSERT_FALSE(verified->first.empty());
    EXPECT_EQ(verified->first.front().note, "another window");
}

TEST_F(ViewAuditTest, notices_a_row_that_is_missing) {
    send("a", 200);
    settle();
    LyingViews views(*feed);
    const auto all = feed->rows("level", {min_timestamp, max_timestamp}, 1000);
    ASSERT_GT(all->size(), 3U);
    views.hides = [&](const ViewRow& row) { return row == (*all)[2]; };
    const auto report = audit(views);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->differences, 1U);
    EXPECT_EQ(report->first.front().note, "the row is missing");
    EXPECT_EQ(report->first.front().end, (*all)[2].window.end);
}

}  // namespace
}  // namespace weir
