#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "store/dynamo/keys.h"

namespace weir::dynamo {
namespace {

TEST(DynamoKeys, an_id_as_part_of_a_key_has_its_percents_and_hashes_escaped) {
    EXPECT_EQ(key_part("gauge7-000001"), "gauge7-000001");
    EXPECT_EQ(key_part(""), "");
    EXPECT_EQ(key_part("100%#1#"), "100%25%231%23");
}

RC_GTEST_PROP(DynamoKeys, different_ids_never_make_one_key_and_none_holds_a_separator, ()) {
    const auto letter = rc::gen::element('%', '#', '2', '3', '5', 'a');
    const auto one = *rc::gen::nonEmpty(rc::gen::container<std::string>(letter));
    std::string other = one;  // but for one character, or not at all
    other[*rc::gen::inRange<std::size_t>(0, one.size())] = *letter;
    RC_ASSERT((key_part(one) == key_part(other)) == (one == other));
    RC_ASSERT(key_part(one).find('#') == std::string::npos);
    std::string appended = "before";
    append_key_part(appended, one);
    RC_ASSERT(appended == "before" + key_part(one));
}

}  // namespace
}  // namespace weir::dynamo
