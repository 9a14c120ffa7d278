#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/rocks/producer_index.h"

namespace weir::rocks {

// Forgets sequences whose newest event is older than a time: an event that comes again after that is refused
// for its age, so nothing needs to know it. Given all records of the family in the order of their keys, it
// tells which to write and which to delete. An interval that is old enough becomes empty; a head without
// interval and chunks goes.
class ProducerRetention {
  public:
    ProducerRetention(Timestamp oldest, ProducerIndex::Reader reader, ProducerIndex::Writer writer);

    // The next record. Between two calls of finish() the records of one producer may be given in part, from
    // any chunk on.
    Result<void> visit(std::string_view key, std::string_view value);
    // Writes what is left of the producer visited last, if it changed.
    void finish();

  private:
    Result<void> begin(std::string_view prefix, std::optional<std::string_view> head);

    Timestamp oldest_;
    ProducerIndex::Reader reader_;
    ProducerIndex::Writer writer_;
    std::string prefix_;  // of the producer at hand; empty: none
    ProducerHead head_;
    bool changed_ = false;
};

}  // namespace weir::rocks
