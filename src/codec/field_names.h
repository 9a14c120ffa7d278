#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir {

// Tells whether a name was seen before, for objects of few fields without a hash table: a bit for each
// fingerprint of a name, and only when the bit is set a look at the names. Reuses its memory; not
// thread-safe. The names must live until clear().
class FieldNames {
  public:
    static constexpr std::size_t few = 64;

    void clear();
    // Whether `name` is new as far as can be told now; among more than `few`, find_duplicate() has the last
    // word.
    bool add(std::string_view name);
    // Sorts the names when they were too many to be compared one by one.
    std::optional<std::string_view> find_duplicate();
    [[nodiscard]] std::size_t size() const { return names_.size(); }

  private:
    std::vector<std::string_view> names_;
    std::array<std::uint64_t, 4> seen_{};
};

}  // namespace weir
