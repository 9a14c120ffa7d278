#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace weir::http {

// The bytes that all bodies together may hold (ServerOptions::max_bodies). Thread-safe.
class BodyBudget {
  public:
    explicit BodyBudget(std::uint64_t bytes) : left_(static_cast<std::int64_t>(bytes)) {}

    bool take(std::uint64_t bytes) {
        const auto wanted = static_cast<std::int64_t>(bytes);
        if (left_.fetch_sub(wanted, std::memory_order_relaxed) >= wanted) return true;
        give_back(bytes);
        return false;
    }
    void give_back(std::uint64_t bytes) {
        left_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    }

  private:
    std::atomic<std::int64_t> left_;
};

// What one body has taken of the budget; gives it back at its end. Held by the connection while the body is
// read, and by the Responder until the request is answered.
class BodyCharge {
  public:
    explicit BodyCharge(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
    BodyCharge(BodyCharge&& other) noexcept
        : budget_(other.budget_), taken_(std::exchange(other.taken_, 0)) {}
    BodyCharge& operator=(BodyCharge&&) = delete;
    BodyCharge(const BodyCharge&) = delete;
    BodyCharge& operator=(const BodyCharge&) = delete;
    ~BodyCharge() { release(); }

    // Takes further bytes, so that `total` are taken; false when the budget does not have them.
    bool grow_to(std::uint64_t total) {
        if (total <= taken_) return true;
        if (!budget_->take(total - taken_)) return false;
        taken_ = total;
        return true;
    }
    void release() {
        if (taken_ > 0) budget_->give_back(std::exchange(taken_, 0));
    }

  private:
    std::shared_ptr<BodyBudget> budget_;
    std::uint64_t taken_ = 0;
};

}  // namespace weir::http
