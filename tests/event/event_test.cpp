#include "event/event.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

TEST(Event, takes_its_own_ids_apart) {
    ProducerSequence id;
    ASSERT_TRUE(parse_producer_sequence("r7f3-000001", id));
    EXPECT_EQ(id.run, "r7f3");
    EXPECT_EQ(id.width, 6);
    EXPECT_EQ(id.sequence, 1U);
    ASSERT_TRUE(parse_producer_sequence("r7f3-1000000", id));
    EXPECT_EQ(id.width, 0);
    EXPECT_EQ(id.sequence, 1'000'000U);
}

TEST(Event, leaves_other_ids_alone) {
    ProducerSequence id;
    for (const char* other : {"", "-", "-1", "abc", "abc-", "abc-x1", "550e8400-e29b-41d4-a716-446655440000",
                              "a b-1", "run-1234567890123456789"})
        EXPECT_FALSE(parse_producer_sequence(other, id)) << other;
}

TEST(Event, two_ids_with_equal_parts_are_the_same_id) {
    EXPECT_TRUE(rc::check([] {
        const auto digits = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0012")));
        const auto more = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0012")));
        ProducerSequence a, b;
        const std::string first = "r-" + digits, second = "r-" + more;
        if (!parse_producer_sequence(first, a) || !parse_producer_sequence(second, b)) return;
        RC_ASSERT((a.width == b.width && a.sequence == b.sequence) == (first == second));
    }));
}

TEST(Event, ids_are_printable_ascii_without_space) {
    EXPECT_TRUE(is_valid_id("r7f3-000001"));
    EXPECT_TRUE(is_valid_id(std::string(max_event_id_bytes, 'x')));
    for (const std::string& bad : {std::string(), std::string("a b"), std::string("\xC3\xA9"),
                                   std::string(max_event_id_bytes + 1, 'x')})
        EXPECT_FALSE(is_valid_id(bad));
}

}  // namespace
}  // namespace weir
