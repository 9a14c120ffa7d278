#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/attribute_value.h"
#include "base/result.h"

namespace weir::aws {

// An item as it goes into a request: the JSON of its attribute values, all of it UTF-8.
struct EncodedItem {
    std::string json;
};

// Fails with ErrorCode::invalid ("text-not-utf8").
Result<EncodedItem> encode(const Item& item);

// Writes an item's JSON without making an Item first: what a function that stores thousands of rows does
// most. Names must differ; none is escaped.
class ItemWriter {
  public:
    explicit ItemWriter(std::size_t expected_bytes = 256) { json_.reserve(expected_bytes); }

    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);

    // What item_bytes says of the item so far.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    // Ends the item. Fails as encode does.
    Result<EncodedItem> take();

  private:
    void name(std::string_view name);

    std::string json_;
    std::size_t bytes_ = 0;
    bool is_utf8_ = true;
};

}  // namespace weir::aws
