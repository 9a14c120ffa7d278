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

// A store under test, asked for anew before every operation.
class Harness {
  public:
    virtual ~Harness() = default;
    virtual Store& store() = 0;
    virtual void reopen() {}  // as after a restart, where that means something
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
