#include "codec/field_names.h"

#include <algorithm>

namespace weir {
namespace {

std::size_t fingerprint(std::string_view name) {
    if (name.empty()) return 0;
    const auto at = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i]));
    };
    const std::uint32_t mixed = at(0) | at(name.size() / 2) << 8U | at(name.size() - 1) << 16U |
                                static_cast<std::uint32_t>(name.size()) << 24U;
    return (mixed * 0x9E3779B1U) >> 24U;
}

}  // namespace

void FieldNames::clear() {
    names_.clear();
    seen_.fill(0);
}

bool FieldNames::add(std::string_view name) {
    const std::size_t bit = fingerprint(name);
    std::uint64_t& word = seen_[bit / 64];
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    const bool maybe_seen = (word & mask) != 0;
    word |= mask;
    const bool seen =
        maybe_seen && names_.size() <= few &&
        std::any_of(names_.begin(), names_.end(), [&](std::string_view other) { return other == name; });
    names_.push_back(name);
    return !seen;
}

std::optional<std::string_view> FieldNames::find_duplicate() {
    if (names_.size() <= few) return std::nullopt;
    std::sort(names_.begin(), names_.end(), [](std::string_view a, std::string_view b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    const auto twice = std::adjacent_find(names_.begin(), names_.end());
    return twice == names_.end() ? std::nullopt : std::optional(*twice);
}

}  // namespace weir
