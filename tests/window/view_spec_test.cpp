#include "window/view_spec.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir {

void showValue(const ViewSpec& view, std::ostream& os) {
    os << format_view(view);
}

namespace {

ViewSpec standard() {
    ViewSpec view;
    view.window = {std::chrono::minutes{5}, std::chrono::minutes{1}, std::chrono::minutes{1},
                   std::chrono::seconds{30}};
    view.group_by = {"County"};
    return view;
}

void expect_invalid(const std::string& text, const std::string& words) {
    const auto view = parse_view(text, standard());
    ASSERT_FALSE(view) << text;
    EXPECT_EQ(view.error().code, ErrorCode::usage) << text;
    EXPECT_EQ(view.error().reason, "view-invalid") << text;
    EXPECT_NE(view.error().message.find(words), std::string::npos) << view.error().message;
    EXPECT_FALSE(view.error().hint.empty());
}

TEST(ViewSpec, what_is_left_out_is_taken_from_the_defaults) {
    ViewSpec expected = standard();
    expected.name = "all";
    ViewSpec defaults = standard();
    defaults.name = "default";
    defaults.measure = MeasureKind::sum;  // these three are never taken over
    defaults.field = "a";
    EXPECT_EQ(*parse_view("name=all", defaults), expected);
    expected.window.size = std::chrono::minutes{10};
    expected.group_by = {"Site", "Room"};
    expected.measure = MeasureKind::mean;
    expected.field = "temperature";
    EXPECT_EQ(
        *parse_view("group-by=Site,measure=mean:temperature,group-by=Room,window=10m,name=all", defaults),
        expected);
    expected.window.slide = expected.window.pane = std::chrono::seconds{10};
    EXPECT_EQ(parse_view("slide=10s,name=all,window=10m,group-by=Site,group-by=Room,measure=mean:temperature",
                         defaults)
                  ->window,
              expected.window);
}

TEST(ViewSpec, a_part_with_a_comma_is_quoted_as_in_csv) {
    const auto group = [](const std::string& parts) {
        const auto view = parse_view("name=a," + parts, standard());
        return view ? view->group_by : std::vector<std::string>{view.error().message};
    };
    using Fields = std::vector<std::string>;
    EXPECT_EQ(group(R"("group-by=City, State")"), Fields{"City, State"});
    EXPECT_EQ(group(R"("group-by=""a"",""b""",group-by=c)"), (Fields{R"("a","b")", "c"}));
    EXPECT_EQ(group(R"(group-by=5" pipe)"), Fields{R"(5" pipe)"});
    EXPECT_EQ(group("group-by=a=b"), Fields{"a=b"});
    EXPECT_EQ(group("group-by= a "), Fields{" a "});
    EXPECT_EQ(parse_view(R"(name=a,"measure=sum:x, in ""m"":")", standard())->field, R"(x, in "m":)");
}

TEST(ViewSpec, each_mistake_is_named) {
    expect_invalid("", R"("" is not of the form part=value)");
    expect_invalid("name=a,", R"("" is not of the form part=value)");
    expect_invalid("name", R"("name" is not of the form part=value)");
    expect_invalid("name=", R"("name=" is not of the form part=value)");
    expect_invalid("name=a,group-by=", R"("group-by=" is not of the form part=value)");
    expect_invalid("name=a,color=red",
                   R"(there is no part "color"; the parts are name, window, slide, group-by and measure)");
    expect_invalid("=a", R"(there is no part "")");
    expect_invalid("name=a, window=5m", R"(there is no part " window")");
    expect_invalid("name=a,name=a", "name stands twice");
    expect_invalid("name=a,window=5m,window=5m", "window stands twice");
    expect_invalid("name=a,measure=count,measure=count", "measure stands twice");
    expect_invalid("window=5m", "it has no name");
    for (const std::string name : {"A", "-a", "a b", "a_b", "\xC3\xA9", "a/b",
                                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
        expect_invalid("name=" + name, "a name is 1 to 64 of a-z, 0-9 and -, and begins with no -");
    EXPECT_TRUE(parse_view("name=" + std::string(64, 'a'), standard()));
    expect_invalid(R"(name=a,"group-by=b)", "a quotation mark is not closed, or something stands behind one");
    expect_invalid(R"(name=a,"group-by=b"c)",
                   "a quotation mark is not closed, or something stands behind one");
    expect_invalid(R"(")", "a quotation mark is not closed");
}

TEST(ViewSpec, mistakes_of_measures_and_groups_are_named) {
    expect_invalid("name=a,measure=median:x", R"(the measure "median:x" is none of count, sum:FIELD)");
    expect_invalid("name=a,measure=:x", R"(the measure ":x" is none of)");
    expect_invalid("name=a,measure=Sum:x", R"(the measure "Sum:x" is none of)");
    expect_invalid("name=a,measure=count:x", "count measures no field");
    for (const std::string word : {"sum", "min", "max", "mean"}) {
        expect_invalid("name=a,measure=" + word, word + " wants a field: " + word + ":FIELD");
        expect_invalid("name=a,measure=" + word + ":", word + " wants a field: " + word + ":FIELD");
    }
    expect_invalid("name=a,group-by=x,group-by=y,group-by=x", "it is grouped by the same field twice");
    std::string fields;
    for (std::size_t i = 0; i < max_view_fields; ++i)
        fields += ",group-by=f" + std::to_string(i);
    EXPECT_TRUE(parse_view("name=a" + fields, standard()));
    expect_invalid("name=a,group-by=more" + fields, "it is grouped by more than 8 fields");
    const auto groupless = parse_view("name=a,window=5m,slide=1m", ViewSpec{});
    ASSERT_FALSE(groupless);
    EXPECT_NE(groupless.error().message.find("it is grouped by no field"), std::string::npos);
}

TEST(ViewSpec, mistakes_of_windows_are_named) {
    expect_invalid("name=a,window=soon", "window: ");
    expect_invalid("name=a,slide=1", "slide: ");
    expect_invalid("name=a,window=5m,slide=2m", "the window (5m) is no multiple of the slide (2m)");
    expect_invalid("name=a,window=1m,slide=5m", "the window (1m) is no multiple of the slide (5m)");
    expect_invalid("name=a,slide=0s", "is no multiple of the slide");
    expect_invalid("name=a,window=0s", "is no multiple of the slide");
    EXPECT_TRUE(parse_view("name=a,window=24h,slide=1s", standard()));
    const auto long_one = parse_view("name=a,window=25h,slide=1s", standard());
    ASSERT_FALSE(long_one);
    EXPECT_EQ(long_one.error().reason, "view-invalid");
}

TEST(ViewSpec, several_stand_between_semicolons) {
    EXPECT_TRUE(parse_views("", standard())->empty());
    EXPECT_TRUE(parse_views(";;", standard())->empty());
    const auto views =
        parse_views(R"(name=a;name=b,"group-by=x;y""; z";name=c,group-by=5" pipe;name=d;)", standard());
    ASSERT_TRUE(views) << views.error().message;
    ASSERT_EQ(views->size(), 4U);
    EXPECT_EQ((*views)[1].group_by, std::vector<std::string>{R"(x;y"; z)"});
    EXPECT_EQ((*views)[2].group_by, std::vector<std::string>{R"(5" pipe)"});
    EXPECT_EQ((*views)[3].name, "d");

    const auto twice = parse_views("name=a;name=b;name=a,window=10m", standard());
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, ErrorCode::usage);
    EXPECT_EQ(twice.error().reason, "view-twice");
    EXPECT_EQ(twice.error().message, "two views are named a");
    EXPECT_EQ(parse_views("name=a;b", standard()).error().reason, "view-invalid");

    std::string many;
    for (std::size_t i = 0; i < max_views; ++i)
        many += "name=v" + std::to_string(i) + ";";
    EXPECT_EQ(parse_views(many, standard())->size(), max_views);
    const auto too_many = parse_views(many + "name=more", standard());
    ASSERT_FALSE(too_many);
    EXPECT_EQ(too_many.error().reason, "too-many-views");
    EXPECT_EQ(too_many.error().message, "33 views are more than 32");
}

// Fields full of what the form itself is written with.
rc::Gen<std::string> hostile_field() {
    return rc::gen::nonEmpty(rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::elementOf(std::string("\"\",,;;==: \\|a\n")), rc::gen::nonZero<char>())));
}

ViewSpec some_view(const std::string& name) {
    ViewSpec view;
    view.name = name;
    view.group_by = *rc::gen::unique<std::vector<std::string>>(
        static_cast<std::size_t>(*rc::gen::inRange(1, 9)), hostile_field());
    view.measure = *rc::gen::element(MeasureKind::count, MeasureKind::sum, MeasureKind::min, MeasureKind::max,
                                     MeasureKind::mean);
    if (view.measure != MeasureKind::count) view.field = *hostile_field();
    view.window.slide = view.window.pane = Duration{*rc::gen::inRange(1, 100'000'000)};
    view.window.size = view.window.slide * *rc::gen::inRange(1, 100);
    return view;
}

RC_GTEST_PROP(ViewSpec, the_written_form_is_read_back_whatever_the_defaults, ()) {
    std::vector<ViewSpec> views;
    std::string all;
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        views.push_back(some_view("view-" + std::to_string(i)));
        const std::string text = format_view(views.back());
        for (const ViewSpec& defaults : {ViewSpec{}, standard()}) {
            const auto read = parse_view(text, defaults);
            RC_ASSERT(read.has_value());
            RC_ASSERT(*read == views.back());
            RC_ASSERT(format_view(*read) == text);
        }
        all += (all.empty() ? "" : ";") + text;
    }
    const auto read = parse_views(all, standard());
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == views);
}

RC_GTEST_PROP(ViewSpec, whatever_is_read_is_written_and_read_again, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("name=a,b\";:5")));
    const auto read = parse_view("name=x,window=5m,group-by=" + text, standard());
    if (!read) return;
    RC_ASSERT(*parse_view(format_view(*read), ViewSpec{}) == *read);
}

}  // namespace
}  // namespace weir
