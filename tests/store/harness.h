#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "store/memory_store.h"
#include "store/rocks_store.h"
#include "support/manual_clock.h"
#include "temporary_folder.h"
#include "window/window.h"

namespace weir::test {

inline Timestamp at(std::int64_t seconds, std::int64_t ms = 0) {
    return *parse_rfc3339("2026-11-24T00:00:00.000Z") + Duration{seconds * 1000 + ms};
}

inline StoreIdentity test_identity() {
    StoreIdentity identity;
    identity.view = "county-5m";
    return identity;
}

// Where the contract of a store differs. Whatever a flag does not switch off holds for every store.
struct Capabilities {
    // Commits are numbered: as_of rises with each, scan honours it and goes in the order of the commits.
    // DynamoDB has no counter that is not a hot item; its as_of is a time, and it scans by minute and shard.
    bool positions = true;
    // A batch that came again is counted in the ledger. Where nothing is counted but by items that derive
    // from their batch, a repeat writes the same items and leaves the ledger as it is.
    bool counts_replays = true;
    // (producer, sequence) is an event's identity across batches. DynamoDB has no index of all events: there,
    // an event_id of any form stands for one event within its batch, and for one in each batch.
    bool dedups_across_batches = true;
    // Dead letters are numbered from 1 in their order of arrival. On DynamoDB an id says when they came.
    bool consecutive_letters = true;
    // Each pane has a dirty mark of its own. On DynamoDB there is one for a minute, as each costs a write.
    bool dirty_by_pane = true;
    // drop_before drops. On DynamoDB the table's time to live does that, by itself.
    bool drops = true;
};

// A store under test, asked for anew before every operation.
class Harness {
  public:
    virtual ~Harness() = default;
    virtual Store& store() = 0;
    virtual void reopen() {}  // as after a restart, where that means something
    virtual Capabilities capabilities() const { return {}; }
    ManualClock clock{at(3600)};
};

class MemoryHarness final : public Harness {
  public:
    Store& store() override { return *store_; }

  private:
    std::unique_ptr<Store> store_ = make_memory_store(test_identity());
};

class RocksHarness final : public Harness {
  public:
    // `always`: reopened before every operation.
    explicit RocksHarness(bool always) : always_(always) {}
    Store& store() override {
        if (always_ || !store_) reopen();
        return *store_;
    }
    void reopen() override {
        store_.reset();
        RocksOptions options;
        options.folder = folder_.path() / "data";
        options.identity = test_identity();
        auto opened = open_rocks_store(options, clock);
        if (!opened) throw std::runtime_error(opened.error().message);
        store_ = std::move(*opened);
    }

  private:
    bool always_;
    TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
};

}  // namespace weir::test
