#include "pipeline/view_feed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pipeline/view_world.h"

// What the feed answers and stores against a slow recount of all events.
namespace weir::test {
namespace {

using namespace std::chrono_literals;
using Fault = MemoryViewStore::Fault;

Timestamp at(Duration after_start) {
    return ViewWorld::start + after_start;
}

ViewSpec counted(Duration slide = 10s, int slides = 3) {
    return room_view("rooms", MeasureKind::count, slide, slides);
}

TEST(ViewFeed, a_row_is_written_when_its_window_has_been_over_for_a_second) {
    ViewWorld world({counted()});
    world.commit({{at(1s), "a", {}}, {at(2s), "a", {}}, {at(9999ms), "", {}}});
    world.clock.set(at(10'999ms));
    ASSERT_TRUE(world.feed->tick());
    EXPECT_TRUE(world.rows("rooms").empty());
    world.clock.set(at(11s));
    ASSERT_TRUE(world.feed->tick());
    const auto rows = world.rows("rooms");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].window, (TimeRange{at(-20s), at(10s)}));
    EXPECT_EQ(rows[0].groups, (std::map<Key, ViewValue>{{"a", {2, "2"}}, {"(blank)", {1, "1"}}}));
    EXPECT_EQ(rows[0].measure, "count");
    EXPECT_EQ(rows[0].revision, 0U);
    EXPECT_EQ(rows[0].as_of, 1U);
    EXPECT_EQ(rows[0].computed_at, at(11s));
    EXPECT_FALSE(rows[0].final);
    world.clock.set(at(40s));
    EXPECT_TRUE(world.rows("rooms")[0].final);
    ASSERT_TRUE(world.feed->tick());
    EXPECT_EQ(world.rows("rooms").size(), 3U);  // the window that ends at 40 s holds nothing
}

TEST(ViewFeed, events_that_come_late_give_their_windows_a_revision) {
    ViewWorld world({counted(), room_view("sums", MeasureKind::sum, 10s, 1)});
    world.commit({{at(1s), "a", 5}, {at(11s), "a", 6}});
    world.clock.set(at(31s));
    ASSERT_TRUE(world.feed->tick());
    world.commit({{at(2s), "b", -7}});
    ASSERT_TRUE(world.feed->tick());
    ASSERT_TRUE(world.feed->tick());
    for (const Duration end : {10s, 20s, 30s})
        EXPECT_EQ(world.row("rooms", at(end))->revision, 1U);
    EXPECT_EQ(world.row("sums", at(10s))->revision, 1U);
    EXPECT_EQ(world.row("sums", at(10s))->groups.at("b").value, "-7");
    EXPECT_EQ(world.row("sums", at(20s))->revision, 0U);
    world.commit({{at(5s), "b", {}}});  // of no use to the sums, yet told of in their row
    world.commit({{at(5s), "b", 1}});
    ASSERT_TRUE(world.feed->tick());
    EXPECT_EQ(world.row("sums", at(10s))->revision, 2U);
    EXPECT_EQ(world.row("sums", at(10s))->unusable, 1U);
    EXPECT_EQ(world.row("sums", at(10s))->as_of, 4U);
    // A row where there was none has no revision.
    world.commit({{at(-100s), "b", 1}});
    ASSERT_TRUE(world.feed->tick());
    EXPECT_EQ(world.row("sums", at(-90s))->revision, 0U);
}

TEST(ViewFeed, a_view_that_is_added_later_begins_with_the_oldest_event) {
    ViewWorld world({counted()});
    for (int i = 0; i < 20; ++i)
        world.commit({{at(i * 1s), "a", i}});
    world.clock.set(at(31s));
    ASSERT_TRUE(world.feed->tick());
    const auto before = world.rows("rooms");
    world.open({counted(), room_view("means", MeasureKind::mean, 10s, 1)});
    EXPECT_EQ(world.feed->views()->at(0).behind, 0U);
    EXPECT_EQ(world.feed->views()->at(1).behind, 20U);
    EXPECT_EQ(world.feed->views()->at(1).rows_until, std::nullopt);
    ASSERT_TRUE(world.feed->tick());
    EXPECT_EQ(world.rows("rooms"), before);
    ASSERT_EQ(world.rows("means").size(), 2U);
    EXPECT_EQ(world.rows("means")[1].groups.at("a"), (ViewValue{10, "14.5"}));
    EXPECT_EQ(world.feed->views()->at(1).behind, 0U);
    EXPECT_EQ(world.feed->views()->at(1).rows_until, at(30s));
}

TEST(ViewFeed, a_view_whose_definition_changed_is_made_anew) {
    ViewWorld world({counted()});
    world.commit({{at(1s), "a", 3}});
    world.clock.set(at(31s));
    ASSERT_TRUE(world.feed->tick());
    world.open({room_view("rooms", MeasureKind::max, 5s, 1)});
    EXPECT_TRUE(world.rows("rooms").empty());
    ASSERT_TRUE(world.feed->tick());
    ASSERT_EQ(world.rows("rooms").size(), 1U);
    EXPECT_EQ(world.rows("rooms")[0].window, (TimeRange{at(0s), at(5s)}));
    EXPECT_EQ(world.rows("rooms")[0].groups.at("a").value, "3");
}

TEST(ViewFeed, views_ahead_of_the_events_are_made_anew) {
    ViewWorld world({counted()});
    for (int i = 0; i < 5; ++i)
        world.commit({{at(1s), "lost", 1}});
    ASSERT_TRUE(world.feed->tick());
    // As when the events come back from an older copy: other events get the positions that were read.
    world.events = make_memory_store({"County", "county-5m", WindowSpec{}});
    world.all.clear();
    world.position = 0;
    world.commit({{at(2s), "kept", 1}});
    world.open({counted()});
    for (int i = 0; i < 5; ++i)
        world.commit({{at(3s), "new", 1}});
    EXPECT_TRUE(world.is_recounted(counted(), *world.feed->window("rooms", at(10s))));
}

TEST(ViewFeed, a_long_time_without_events_is_passed_over_at_once) {
    ViewWorld world({counted(1s, 3)});
    world.commit({{*parse_rfc3339("1970-01-01T00:00:00Z"), "a", {}},
                  {*parse_rfc3339("2001-01-01T00:00:00.999Z"), "b", {}},
                  {at(0s), "c", {}}});
    world.clock.set(at(11s));
    ASSERT_TRUE(world.feed->tick());
    EXPECT_EQ(world.rows("rooms").size(), 9U);
    EXPECT_LT(world.records.panes_asked_for, 100U);
    EXPECT_EQ(world.feed->views()->front().rows_until, at(10s));
}

TEST(ViewFeed, windows_are_counted_when_asked_for_up_to_the_slide_of_now) {
    ViewWorld world({counted()});
    world.clock.set(at(12s));
    world.commit({{at(11s), "a", {}}});
    const auto now = world.feed->window("rooms", std::nullopt);
    ASSERT_TRUE(now);
    EXPECT_EQ(now->window.end, at(20s));
    EXPECT_EQ(now->groups.at("a").count, 1U);
    EXPECT_EQ(now->as_of, 1U);
    EXPECT_EQ(*world.feed->window("rooms", at(20s)), *now);
    EXPECT_EQ(world.feed->window("rooms", at(10s))->total, 0U);
    EXPECT_EQ(world.feed->window("rooms", at(15s)).error().reason, "window-unaligned");
    EXPECT_EQ(world.feed->window("rooms", at(30s)).error().reason, "window-in-future");
    EXPECT_EQ(world.feed->window("room", at(20s)).error().reason, "view-unknown");
    EXPECT_EQ(world.feed->rows("room", {at(0s), at(1s)}, 1).error().code, ErrorCode::not_found);
    for (int i = 0; i < 64 * 3 + 1; ++i)
        world.commit({{at(11s), "a", {}}});
    EXPECT_EQ(world.feed->window("rooms", at(20s)).error().reason, "view-behind");
    EXPECT_EQ(world.feed->window("rooms", at(20s))->groups.at("a").count, 64U * 3 + 2);
}

TEST(ViewFeed, a_write_that_failed_though_it_was_done_counts_nothing_twice) {
    for (const Fault fault : {Fault::before_write, Fault::after_write}) {
        ViewWorld world({counted()});
        world.commit({{at(1s), "a", {}}});
        world.records.next_put = fault;
        EXPECT_FALSE(world.feed->tick());
        world.clock.set(at(11s));
        ASSERT_TRUE(world.feed->tick());
        EXPECT_EQ(world.row("rooms", at(10s))->total, 1U);
        world.clock.set(at(21s));
        world.records.next_put = fault;
        EXPECT_FALSE(world.feed->tick());
        ASSERT_TRUE(world.feed->tick());
        EXPECT_EQ(world.row("rooms", at(20s))->revision, 0U);
    }
}

// What is done to a world, drawn at random.
class Story {
  public:
    Story() : world_({some_view("a")}) {}

    void go_on() {
        switch (*rc::gen::weightedElement<int>({{6, 0}, {4, 1}, {4, 2}, {2, 3}, {2, 4}, {1, 5}})) {
            case 0:
                return world_.commit(some_events());
            case 1:
                return world_.clock.advance(Duration{*rc::gen::inRange(0, 9000)});
            case 2: {
                const bool faulty = world_.records.next_put != Fault::none;
                RC_ASSERT(world_.feed->tick().has_value() || faulty);
                return;
            }
            case 3:
                return restart();
            case 4:
                return ask();
            default:
                world_.records.next_put = *rc::gen::element(Fault::before_write, Fault::after_write);
        }
    }

    // Of all rows that stand: each is exactly of the events up to its as_of, and another one only under
    // another revision.
    void check_rows() {
        for (const ViewSpec& view : world_.views) {
            for (const ViewRow& row : world_.rows(view.name)) {
                RC_ASSERT(world_.is_recounted(view, row));
                const auto [known, is_new] = seen_[view.name].try_emplace(row.window.end, row);
                ViewRow& before = known->second;
                RC_ASSERT(is_new || row.revision >= before.revision);
                RC_ASSERT(is_new || row.revision > before.revision || row.groups == before.groups);
                before = row;
            }
        }
    }

    void check_end() {
        world_.records.next_put = Fault::none;
        RC_ASSERT(world_.feed->tick().has_value());
        check_rows();
        for (const ViewSpec& view : world_.views) {
            const Timestamp due = align_down(world_.clock.now() - 1s, view.window.slide);
            std::size_t rows = 0;
            for (Timestamp end = align_down(at(-60s), view.window.slide); end <= due;
                 end += view.window.slide) {
                const ViewRow expected = world_.recount(view, end, world_.position);
                const auto row = world_.row(view.name, end);
                RC_ASSERT(row.has_value() == (expected.total + expected.unusable > 0));
                if (!row) continue;
                ++rows;
                RC_ASSERT(row->groups == expected.groups && row->unusable == expected.unusable);
            }
            RC_ASSERT(rows == world_.rows(view.name).size());
        }
    }

  private:
    static ViewSpec some_view(const std::string& name) {
        return room_view(
            name,
            *rc::gen::element(MeasureKind::count, MeasureKind::sum, MeasureKind::mean, MeasureKind::min),
            Duration{*rc::gen::element(1000, 2000, 5000)}, *rc::gen::inRange(1, 5));
    }

    std::vector<RoomEvent> some_events() const {
        std::vector<RoomEvent> events(*rc::gen::inRange<std::size_t>(0, 5));
        for (RoomEvent& event : events) {
            event.ts =
                std::max(at(-50s), world_.clock.now() + Duration{*rc::gen::element(500, 0, -3000, -20'000)} -
                                       Duration{*rc::gen::inRange(0, 3000)});
            event.room = *rc::gen::element<std::string>("", "a", "b", "c | d");
            if (*rc::gen::inRange(0, 4) > 0) event.x = *rc::gen::inRange(-100, 100);
        }
        return events;
    }

    // With the same views, one more, one less, or one that changed.
    void restart() {
        std::vector<ViewSpec> views = world_.views;
        const int change = *rc::gen::inRange(0, 6);
        if (change == 0 && views.size() < 4)
            views.push_back(some_view(std::string(1, *rc::gen::inRange('a', 'g'))));
        if (change == 1 && views.size() > 1) views.erase(views.begin());
        if (change == 2) views.back() = some_view(views.back().name);
        for (std::size_t i = 0; i + 1 < views.size(); ++i)
            if (views[i].name == views.back().name) return;
        for (const ViewSpec& view : views) {
            const std::string text = format_view(view);
            if (std::exchange(made_for_[view.name], text) != text) seen_[view.name].clear();
        }
        world_.open(std::move(views));
    }

    void ask() {
        const ViewSpec& view = *rc::gen::elementOf(world_.views);
        const Timestamp end = align_up(world_.clock.now() + Duration{1}, view.window.slide) -
                              view.window.slide * *rc::gen::inRange(0, 10);
        const bool faulty = world_.records.next_put != Fault::none;
        const auto row = world_.feed->window(view.name, end);
        RC_ASSERT(row.has_value() || faulty);
        if (!row) return;
        RC_ASSERT(row->as_of == world_.position);
        RC_ASSERT(world_.is_recounted(view, *row));
    }

    ViewWorld world_;
    std::map<std::string, std::map<Timestamp, ViewRow>> seen_;
    std::map<std::string, std::string> made_for_;
};

RC_GTEST_PROP(ViewFeed, is_the_recount_through_faults_restarts_and_changes, ()) {
    Story story;
    for (int steps = *rc::gen::inRange(1, 80); steps > 0; --steps) {
        story.go_on();
        story.check_rows();
    }
    story.check_end();
}

}  // namespace
}  // namespace weir::test
