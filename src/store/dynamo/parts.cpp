#include "store/dynamo/parts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aws/dynamodb.h"

namespace weir::dynamo {
namespace {

std::string part_sort_key(const std::string& sk, std::int64_t part) {
    return fmt::format("{}#{:03}", sk, part);
}

}  // namespace

std::vector<aws::Item> with_bytes(aws::Item item, const std::string& name, std::string bytes) {
    std::vector<aws::Item> items;
    const std::size_t head = aws::item_bytes(item) + name.size();
    if (head + bytes.size() <= aws::max_item_bytes) {
        item[name] = aws::binary(std::move(bytes));
        items.push_back(std::move(item));
        return items;
    }
    // `parts`, or `part` and the longer key, fit into what is kept free here.
    constexpr std::size_t spare = 64;
    const std::size_t room = aws::max_item_bytes - head - spare;
    const std::size_t parts = (bytes.size() + room - 1) / room;
    const std::string sk = aws::text_of(item, "sk");
    for (std::size_t i = 0; i < parts; ++i) {
        aws::Item part;
        if (i == 0) {
            part = item;
            part["parts"] = aws::number(static_cast<std::int64_t>(parts));
        } else {
            part["pk"] = item["pk"];
            part["sk"] = aws::text(part_sort_key(sk, static_cast<std::int64_t>(i)));
            part["part"] = aws::number(static_cast<std::int64_t>(i));
            part["expires"] = item["expires"];
        }
        part[name] = aws::binary(bytes.substr(i * room, room));
        items.push_back(std::move(part));
    }
    return items;
}

std::optional<aws::Item> PartJoiner::add(aws::Item item) {
    const std::int64_t part = aws::number_of(item, "part");
    if (part == 0) {
        missing_ = aws::number_of(item, "parts", 1) - 1;
        next_ = 1;
        if (missing_ <= 0) return item;
        pending_ = std::move(item);
        return std::nullopt;
    }
    const bool follows = missing_ > 0 && part == next_ &&
                         aws::text_of(item, "sk") == part_sort_key(aws::text_of(pending_, "sk"), part);
    if (!follows) {
        missing_ = 0;
        return std::nullopt;
    }
    auto* whole = std::get_if<aws::Binary>(&pending_[name_].value);
    if (whole != nullptr) whole->bytes += aws::bytes_of(item, name_);
    ++next_;
    if (--missing_ > 0) return std::nullopt;
    return std::move(pending_);
}

}  // namespace weir::dynamo
