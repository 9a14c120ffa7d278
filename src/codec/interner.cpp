#include "codec/interner.h"

#include <algorithm>
#include <random>

#include <xxhash.h>

namespace weir {
namespace {

constexpr std::size_t usual_slots = 256;
constexpr std::size_t kept_slots = 4096;  // a table that grew beyond is given back before the next batch

bool same_producer(const ProducerId& a, const ProducerSequence& b) {
    return a.width == b.width && a.run == b.run;
}

}  // namespace

void IndexTable::clear() {
    if (size_ == 0) return;
    if (slots_.size() > kept_slots) slots_ = {};
    std::fill(slots_.begin(), slots_.end(), Slot{});
    size_ = 0;
}

void IndexTable::grow() {
    std::vector<Slot> old(std::max(slots_.size() * 2, usual_slots));
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.index == none) continue;
        std::size_t i = slot.hash & mask;
        while (slots_[i].index != none)
            i = (i + 1) & mask;
        slots_[i] = slot;
    }
}

Interner::Interner() {
    std::random_device random;
    seed_ = std::uint64_t{random()} << 32U | random();
}

void Interner::begin(Batch& batch) {
    batch_ = &batch;
    keys_.clear();
    producers_.clear();
    last_key_ = last_producer_ = 0;
}

std::uint32_t Interner::hash(std::string_view text) const {
    return static_cast<std::uint32_t>(XXH3_64bits_withSeed(text.data(), text.size(), seed_));
}

std::uint32_t Interner::key(std::string_view key) {
    auto& keys = batch_->keys;
    if (last_key_ < keys.size() && keys[last_key_] == key) return last_key_;
    const auto fresh = static_cast<std::uint32_t>(keys.size());
    last_key_ = keys_.find_or_insert(hash(key), fresh, [&](std::uint32_t i) { return keys[i] == key; });
    if (last_key_ == fresh) keys.emplace_back(key);
    return last_key_;
}

std::uint32_t Interner::producer(const ProducerSequence& id) {
    auto& producers = batch_->producers;
    if (last_producer_ < producers.size() && same_producer(producers[last_producer_], id))
        return last_producer_;
    const auto fresh = static_cast<std::uint32_t>(producers.size());
    last_producer_ = producers_.find_or_insert(
        hash(id.run) + id.width, fresh, [&](std::uint32_t i) { return same_producer(producers[i], id); });
    if (last_producer_ == fresh) producers.push_back({std::string(id.run), id.width});
    return last_producer_;
}

}  // namespace weir
