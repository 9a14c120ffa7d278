#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/attribute_json.h"
#include "aws/dynamodb.h"
#include "aws/encoded_item.h"

namespace weir::aws {
namespace {

std::string written(const Item& item) {
    std::string out;
    EXPECT_TRUE(append_json(out, item));
    return out;
}

// Any value, also with characters that JSON escapes and such beyond ASCII.
Attribute any_value(std::mt19937& random, int depth) {
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const auto any_text = [&] {
        constexpr std::string_view beyond[] = {"ü", "\x7f", "魚", "\xF0\x9F\x90\x9F", "\u2028", "\"", "\\"};
        std::string text;
        for (unsigned length = below(12); length > 0; --length) {
            if (below(4) == 0)
                text += beyond[below(std::size(beyond))];
            else
                text += static_cast<char>(below(0x80));
        }
        return text;
    };
    switch (below(depth < 4 ? 7 : 5)) {
        case 0:
            return {};
        case 1:
            return {below(2) == 0};
        case 2:
            return {Number{std::to_string(random())}};
        case 3:
            return {Binary{any_text()}};
        case 4:
            return {any_text()};
        case 5: {
            std::vector<Attribute> list;
            for (unsigned n = below(4); n > 0; --n)
                list.push_back(any_value(random, depth + 1));
            return {std::move(list)};
        }
        default: {
            AttributeMap map;
            for (unsigned n = below(4); n > 0; --n)
                map.emplace(any_text(), any_value(random, depth + 1));
            return {std::move(map)};
        }
    }
}

TEST(AttributeText, is_that_of_the_tree) {
    std::mt19937 random(7);
    for (int i = 0; i < 2000; ++i) {
        Item item;
        for (unsigned n = static_cast<unsigned>(random() % 5); n > 0; --n)
            item.emplace("a" + std::to_string(random() % 100), any_value(random, 0));
        ASSERT_EQ(written(item), to_json(item).dump());
    }
}

TEST(AttributeText, has_the_form_of_the_protocol) {
    EXPECT_EQ(written({}), "{}");
    EXPECT_EQ(written({{"s", text("a\"\n\x01")}, {"n", number(-7)}, {"b", binary("\xff")}}),
              R"({"b":{"B":"/w=="},"n":{"N":"-7"},"s":{"S":"a\"\n\u0001"}})");
}

TEST(AttributeText, refuses_what_is_no_utf8) {
    for (const std::string_view bad : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf"}) {
        std::string out;
        EXPECT_FALSE(append_json(out, {{"s", text(std::string(bad))}})) << testing::PrintToString(bad);
        EXPECT_FALSE(append_json(out, {{"m", {AttributeMap{{std::string(bad), {}}}}}}));
    }
}

TEST(ItemWriter, writes_what_is_written_of_the_same_item) {
    EncodedItems items;
    std::vector<std::string> expected;
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1200}, std::int64_t{1795903490},
                                     std::numeric_limits<std::int64_t>::min()}) {
        const Item item{{"a", text("q\"\\ü")}, {"n", number(value)}};
        ItemWriter writer(items);
        writer.text("a", "q\"\\ü");
        writer.number("n", value);
        EXPECT_EQ(writer.bytes(), item_bytes(item));
        ASSERT_TRUE(writer.end());
        expected.push_back(written(item));
    }
    const ItemWriter nothing(items);
    ASSERT_EQ(items.size(), expected.size());
    for (std::size_t i = 0; i < items.size(); ++i)
        EXPECT_EQ(items[i].json, expected[i]);
}

TEST(ItemWriter, writes_an_item_of_nothing) {
    EncodedItems items;
    ASSERT_TRUE(ItemWriter(items).end());
    EXPECT_EQ(items[0].json, "{}");
}

TEST(ItemWriter, refuses_what_is_no_utf8_whatever_comes_after_it) {
    EncodedItems items;
    {
        ItemWriter writer(items);
        writer.text("a", "a\xc3");
        writer.text("b", "b");
        const auto ended = writer.end();
        ASSERT_FALSE(ended);
        EXPECT_EQ(ended.error().reason, "text-not-utf8");
    }
    EXPECT_EQ(items.size(), 0U);
}

// What was begun and not ended, or cannot be written, leaves nothing in the item after it.
TEST(EncodedItems, hold_what_was_added_whole) {
    EncodedItems items;
    const Item first{{"a", text("1")}}, bad{{"a", text("\xff")}}, last{{"b", number(2)}};
    ASSERT_TRUE(items.add(first));
    const auto refused = items.add(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "text-not-utf8");
    ItemWriter(items).text("a", "given up");
    ASSERT_TRUE(items.add(last));
    const auto all = items.all();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].json, written(first));
    EXPECT_EQ(all[1].json, written(last));
}

}  // namespace
}  // namespace weir::aws
