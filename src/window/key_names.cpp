#include "window/key_names.h"

#include <algorithm>
#include <array>

namespace weir {
namespace {

constexpr std::size_t usual_block_bytes = std::size_t{64} << 10U;
constexpr std::size_t kept_dead_bytes = std::size_t{1} << 20U;  // of released names, before they are cleared
constexpr std::size_t at_once = 32;                             // about as much as can be fetched together

}  // namespace

std::string_view NameArena::store(std::string_view name) {
    if (name.size() > free_) {
        // The first blocks are small: most tables hold a few dozen keys.
        block_bytes_ =
            std::max({name.size(), std::min(usual_block_bytes, block_bytes_ * 2), std::size_t{1024}});
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_bytes_));
        free_ = block_bytes_;
    }
    if (name.empty()) return {};
    char* const at = blocks_.back().get() + (block_bytes_ - free_);
    std::copy(name.begin(), name.end(), at);
    free_ -= name.size();
    bytes_ += name.size();
    return {at, name.size()};
}

std::uint32_t KeyNames::find(const HashedKey& key) const {
    return index_.find(key.hash, [&](std::uint32_t id) { return slots_[id].name == key.name; });
}

std::uint32_t KeyNames::use(const HashedKey& key) {
    if (const std::uint32_t known = find(key); known != KeyIndex::none) {
        ++slots_[known].uses;
        return known;
    }
    auto id = static_cast<std::uint32_t>(slots_.size());
    if (spare_.empty()) {
        slots_.emplace_back();
    } else {
        id = spare_.back();
        spare_.pop_back();
    }
    slots_[id] = {arena_->store(key.name), 1, key.hash};
    live_bytes_ += key.name.size();
    index_.insert(key.hash, id);
    return id;
}

void KeyNames::use(std::span<const HashedKey> keys, std::vector<std::uint32_t>& ids) {
    ids.clear();
    ids.reserve(keys.size());
    std::array<std::uint32_t, at_once> likely{};
    for (; !keys.empty(); keys = keys.subspan(std::min(at_once, keys.size()))) {
        const auto some = keys.first(std::min(at_once, keys.size()));
        for (const HashedKey& key : some)
            index_.prefetch(key.hash);
        for (std::size_t i = 0; i < some.size(); ++i) {
            likely[i] = index_.find(some[i].hash, [](std::uint32_t) { return true; });
            if (likely[i] != KeyIndex::none) __builtin_prefetch(&slots_[likely[i]]);
        }
        for (std::size_t i = 0; i < some.size(); ++i)
            if (likely[i] != KeyIndex::none) __builtin_prefetch(slots_[likely[i]].name.data());
        for (const HashedKey& key : some)
            ids.push_back(use(key));
    }
}

void KeyNames::release(std::uint32_t id) {
    Slot& slot = slots_[id];
    if (--slot.uses != 0) return;
    index_.erase(slot.hash, id);
    live_bytes_ -= slot.name.size();
    slot.name = {};
    spare_.push_back(id);
    if (arena_->bytes() - live_bytes_ > std::max(live_bytes_, kept_dead_bytes)) compact();
}

void KeyNames::compact() {
    auto fresh = std::make_shared<NameArena>();
    for (Slot& slot : slots_)
        if (slot.uses != 0) slot.name = fresh->store(slot.name);
    arena_ = std::move(fresh);
}

}  // namespace weir
