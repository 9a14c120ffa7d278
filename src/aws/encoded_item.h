#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/attribute_value.h"
#include "base/result.h"

namespace weir::aws {

// An item as it goes into a request: the JSON of its attribute values, all of it UTF-8. It lies in an
// EncodedItems.
struct EncodedItem {
    std::string_view json;
};

// Items one behind the other in one piece of memory: thousands of rows come and go with one allocation.
class EncodedItems {
  public:
    // Room for so many items of so many bytes in all; more may come.
    void reserve(std::size_t items, std::size_t bytes);

    // Fails with ErrorCode::invalid ("text-not-utf8"), and then adds nothing.
    Result<void> add(const Item& item);

    [[nodiscard]] std::size_t size() const { return ends_.size(); }
    // Holds until the next item is added, or this is moved.
    [[nodiscard]] EncodedItem operator[](std::size_t index) const;
    [[nodiscard]] std::vector<EncodedItem> all() const;

  private:
    friend class ItemWriter;
    std::string text_;
    std::vector<std::size_t> ends_;
};

// Writes an item's JSON without making an Item first: what a function that stores thousands of rows does
// most. Names must differ; none is escaped. One writes to an EncodedItems at a time; what is not ended is
// taken back.
class ItemWriter {
  public:
    explicit ItemWriter(EncodedItems& to) : items_(to), begin_(to.text_.size()) {}
    ~ItemWriter() { items_.text_.resize(ended_ ? items_.text_.size() : begin_); }
    ItemWriter(const ItemWriter&) = delete;
    ItemWriter& operator=(const ItemWriter&) = delete;

    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);

    // What item_bytes says of the item so far.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    // The item is complete; nothing more is written to it. Fails as EncodedItems::add does.
    Result<void> end();

  private:
    void name(std::string_view name);

    EncodedItems& items_;
    const std::size_t begin_;
    std::size_t bytes_ = 0;
    bool is_utf8_ = true;
    bool ended_ = false;
};

}  // namespace weir::aws
