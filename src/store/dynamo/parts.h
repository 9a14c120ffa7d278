#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/attribute_value.h"
#include "base/result.h"

namespace weir::dynamo {

// Bytes that may be larger than an item: they begin in the attribute `name` of the item that they belong to,
// which then says in `parts` how many items they are spread over, and go on under the same name in the items
// <sk>#001, <sk>#002, …, which sort directly behind it and carry `part` and `expires`.

// `item` has its keys and all other attributes. What it is made into depends on the sizes alone.
std::vector<aws::Item> with_bytes(aws::Item item, const std::string& name, std::string bytes);

// Puts such items together again. Give it the items of a partition in their order.
class PartJoiner {
  public:
    explicit PartJoiner(std::string name) : name_(std::move(name)) {}
    // The item that is now whole. Nothing: more of it must follow. An item of which a part is missing is
    // never given: its batch is not written yet, or its time to live is over.
    std::optional<aws::Item> add(aws::Item item);

  private:
    std::string name_;
    aws::Item pending_;
    std::int64_t missing_ = 0;
    std::int64_t next_ = 1;
};

}  // namespace weir::dynamo
