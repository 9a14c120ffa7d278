// The database of the views, against its model; and what a damaged one says.
#include "store/view_store.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <rocksdb/db.h>

#include "harness.h"
#include "memory_view_store.h"

namespace weir::test {
namespace {

constexpr TimeRange ever{min_timestamp, max_timestamp};

std::unique_ptr<ViewStore> open(const TemporaryFolder& folder) {
    auto opened = open_rocks_view_store(folder.path() / "views");
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
}

ViewGroups groups_of(const std::string& key, const char* value) {
    ViewGroups groups;
    groups.groups[key].add(*Decimal::parse(value));
    groups.total = 1;
    return groups;
}

ViewWindow row_of(Timestamp end, ViewGroups groups) {
    ViewWindow row;
    row.end = end;
    row.of = std::move(groups);
    row.revision = 3;
    row.computed_at = end + Duration{1};
    row.as_of = 9;
    return row;
}

ViewChange change_of(const std::string& view) {
    ViewChange change;
    change.view = view;
    change.progress = {"name=" + view, 7, at(5)};
    return change;
}

TEST(ViewStore, what_was_put_is_there_after_a_reopening) {
    const TemporaryFolder folder;
    auto store = open(folder);
    EXPECT_EQ(*store->progress("v"), std::nullopt);
    EXPECT_EQ(*store->row("v", at(1)), std::nullopt);
    ViewChange change = change_of("v");
    ViewGroups groups = groups_of("a", "-999999999999999999999999999999.000000000000000000000000000001");
    groups.merge(groups);
    groups.merge(groups_of(std::string("\0|\xFF", 3), "1e29"));
    groups.groups["counted"].count = 2;
    groups.unusable = std::numeric_limits<std::uint64_t>::max();
    change.panes[timestamp_from_ms(-5)] = groups;
    change.rows.push_back(row_of(at(2), groups));
    change.marked = {timestamp_from_ms(-5), at(0)};
    ASSERT_TRUE(store->put({&change, 1}));
    store.reset();
    store = open(folder);
    EXPECT_EQ(*store->progress("v"), change.progress);
    EXPECT_EQ(*store->panes("v", ever), change.panes);
    EXPECT_EQ(*store->rows("v", ever, 9), change.rows);
    EXPECT_EQ(*store->row("v", at(2)), change.rows[0]);
    EXPECT_EQ(*store->marked("v", 9), change.marked);
    change.progress.due.reset();
    ASSERT_TRUE(store->put({&change, 1}));
    EXPECT_EQ(*store->progress("v"), change.progress);
}

TEST(ViewStore, views_whose_names_begin_alike_do_not_mix) {
    const TemporaryFolder folder;
    const auto store = open(folder);
    std::vector<ViewChange> changes;
    for (const char* name : {"a", "aa", "b", "aaa"}) {
        changes.push_back(change_of(name));
        changes.back().panes[at(1)] = groups_of(name, "1");
        changes.back().rows = {row_of(at(1), groups_of(name, "2"))};
        changes.back().marked = {at(1)};
    }
    ASSERT_TRUE(store->put(changes));
    ASSERT_TRUE(store->drop("aa"));
    ASSERT_TRUE(store->drop_before("b", at(2)));
    for (const std::string name : {"a", "aaa", "aa", "b"}) {
        const std::size_t left = name == "aa" || name == "b" ? 0 : 1;
        EXPECT_EQ(store->panes(name, ever)->size(), left) << name;
        EXPECT_EQ(store->rows(name, ever, 9)->size(), left);
        EXPECT_EQ(store->marked(name, 9)->size(), left);
        EXPECT_EQ(store->progress(name)->has_value(), name != "aa");
    }
    EXPECT_EQ(store->panes("a", ever)->at(at(1)), groups_of("a", "1"));
}

TEST(ViewStore, a_second_one_cannot_open_the_folder) {
    const TemporaryFolder folder;
    const auto store = open(folder);
    const auto second = open_rocks_view_store(folder.path() / "views");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::storage);
}

// Writes to the database past the store.
class Damage {
  public:
    explicit Damage(const TemporaryFolder& folder) {
        rocksdb::DB* db = nullptr;
        if (!rocksdb::DB::Open({}, (folder.path() / "views").string(), &db).ok())
            throw std::runtime_error("cannot be opened");
        db_.reset(db);
    }
    // Each record that begins with `tag` is what `change` makes of it.
    void change(char tag, const std::function<std::string(std::string)>& change) {
        const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
        for (at->Seek(std::string(1, tag)); at->Valid() && at->key()[0] == tag; at->Next())
            ASSERT_TRUE(db_->Put({}, at->key(), change(at->value().ToString())).ok());
    }

  private:
    std::unique_ptr<rocksdb::DB> db_;
};

TEST(ViewStore, a_damaged_record_is_told_of_by_what_it_is) {
    const auto cut = [](std::string value) { return value.substr(0, value.size() - 1); };
    const auto longer = [](const std::string& value) { return value + "x"; };
    const auto no_number = [](std::string value) {
        value[value.find('5')] = 'e';
        return value;
    };
    const std::vector<std::pair<char, std::function<std::string(std::string)>>> damages{
        {'c', cut},       {'c', longer}, {'p', cut},    {'p', longer},
        {'p', no_number}, {'r', cut},    {'r', longer}, {'r', no_number}};
    for (const auto& [tag, damage] : damages) {
        const TemporaryFolder folder;
        ViewChange change = change_of("v");
        change.panes[at(1)] = groups_of("a", "5");
        change.rows = {row_of(at(1), groups_of("a", "5"))};
        ASSERT_TRUE(open(folder)->put({&change, 1}));
        Damage(folder).change(tag, damage);
        const auto store = open(folder);
        const auto progress = store->progress("v");
        const auto panes = store->panes("v", ever);
        const auto rows = store->rows("v", ever, 9);
        EXPECT_EQ(progress.has_value(), tag != 'c');
        EXPECT_EQ(panes.has_value(), tag != 'p');
        EXPECT_EQ(rows.has_value(), tag != 'r');
        EXPECT_EQ(store->row("v", at(1)).has_value(), tag != 'r');
        const Error error = tag == 'c' ? progress.error() : tag == 'p' ? panes.error() : rows.error();
        EXPECT_EQ(error.code, ErrorCode::storage);
        EXPECT_EQ(error.reason, "store-corrupt");
        const std::string what = tag == 'c' ? "progress" : tag == 'p' ? "pane" : "row";
        EXPECT_EQ(error.message, "the " + what + " of the view v cannot be read");
        ASSERT_TRUE(store->drop("v"));  // what is damaged can still go
        EXPECT_EQ(store->panes("v", ever)->size() + store->rows("v", ever, 9)->size(), 0U);
    }
}

// A time near to the bounds of the others, before 1970 as well as after.
Timestamp some_time() {
    return timestamp_from_ms(*rc::gen::inRange(-8, 8));
}
TimeRange some_range() {
    return {some_time(), some_time()};
}

ViewGroups some_groups() {
    ViewGroups groups;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
        groups.merge(groups_of(*rc::gen::arbitrary<std::string>(),
                               *rc::gen::element("0", "-1.5", "1e-30", "999999999999999999999999999999")));
    groups.unusable = *rc::gen::arbitrary<std::uint64_t>();
    return groups;
}

ViewChange some_change(const std::string& view) {
    ViewChange change;
    change.view = view;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        change.panes[some_time()] = some_groups();
        change.rows.push_back(row_of(some_time(), some_groups()));
        change.rows.back().revision = *rc::gen::arbitrary<std::uint64_t>();
        change.marked.push_back(some_time());
        change.cleared.push_back(some_time());
    }
    change.progress.spec = *rc::gen::arbitrary<std::string>();
    change.progress.next = *rc::gen::arbitrary<std::uint64_t>();
    if (*rc::gen::arbitrary<bool>()) change.progress.due = some_time();
    return change;
}

RC_GTEST_PROP(ViewStore, is_its_model, ()) {
    const TemporaryFolder folder;
    auto store = open(folder);
    MemoryViewStore model;
    const std::vector<std::string> names{"a", "aa", "b"};
    for (int steps = *rc::gen::inRange(1, 20); steps > 0; --steps) {
        const std::string name = *rc::gen::elementOf(names);
        switch (*rc::gen::weightedElement<int>({{6, 0}, {1, 1}, {1, 2}, {1, 3}})) {
            case 0: {
                const std::vector<ViewChange> changes{some_change(name), some_change("b")};
                RC_ASSERT(store->put(changes).has_value() && model.put(changes).has_value());
                break;
            }
            case 1: {
                const Timestamp oldest = some_time();
                RC_ASSERT(store->drop_before(name, oldest).has_value() &&
                          model.drop_before(name, oldest).has_value());
                break;
            }
            case 2:
                RC_ASSERT(store->drop(name).has_value() && model.drop(name).has_value());
                break;
            default:
                store.reset();
                store = open(folder);
        }
        for (const std::string& view : names) {
            RC_ASSERT(*store->progress(view) == *model.progress(view));
            for (const TimeRange range : {ever, some_range()}) {
                const auto limit = *rc::gen::inRange<std::size_t>(1, 5);
                RC_ASSERT(*store->panes(view, range) == *model.panes(view, range));
                RC_ASSERT(*store->rows(view, range, limit) == *model.rows(view, range, limit));
                RC_ASSERT(*store->marked(view, limit) == *model.marked(view, limit));
                RC_ASSERT(*store->first_pane(view, range.start) == *model.first_pane(view, range.start));
                RC_ASSERT(*store->row(view, range.end) == *model.row(view, range.end));
            }
        }
    }
}

}  // namespace
}  // namespace weir::test
