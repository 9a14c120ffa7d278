#include "aws/credential_cache.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::aws {
namespace {

using namespace std::chrono_literals;

constexpr Duration refresh_before = 5min;
constexpr Duration refresh_again_after = 1min;  // when it failed, while the old ones are still valid

}  // namespace

bool CredentialCache::is_usable(Timestamp now) const {
    return current_ && (!current_->expires || now < *current_->expires);
}

void CredentialCache::keep(const Credentials& loaded) {
    current_ = loaded;
    failure_.reset();
    refresh_at_ = max_timestamp;
    if (!loaded.expires) return;
    // Half their life for those that do not live much longer than five minutes.
    const Timestamp now = clock_.now();
    refresh_at_ = std::max(*loaded.expires - refresh_before, now + (*loaded.expires - now) / 2);
}

Result<Credentials> CredentialCache::load_first() {
    std::string places;
    for (const auto& source : sources_) {
        auto found = source->load();
        if (!found) return fail(std::move(found).error());
        if (*found) {
            chosen_ = source.get();
            return std::move(**found);
        }
        places.append(places.empty() ? "" : "; ").append(source->looked_at());
    }
    return fail(ErrorCode::unauthorized, "no-credentials",
                fmt::format("no AWS credentials were found; looked at: {}", places),
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with --profile or "
                "AWS_PROFILE, or run `aws configure`");
}

Result<Credentials> CredentialCache::load() {
    if (chosen_ == nullptr) return load_first();
    auto found = chosen_->load();
    if (!found) return fail(std::move(found).error());
    if (*found) return std::move(**found);
    return fail(ErrorCode::unauthorized, "no-credentials",
                fmt::format("the AWS credentials are gone: {}", chosen_->looked_at()));
}

Result<Credentials> CredentialCache::get() {
    std::unique_lock lock{mutex_};
    const std::uint64_t loads_before = loads_;
    for (;;) {
        const Timestamp now = clock_.now();
        if (is_usable(now) && (now < refresh_at_ || loading_)) return *current_;
        if (!loading_) break;
        loaded_.wait(lock);
        if (loads_ != loads_before && failure_) return fail(*failure_);
    }
    loading_ = true;
    lock.unlock();
    auto loaded = load();
    lock.lock();
    loading_ = false;
    ++loads_;
    loaded_.notify_all();
    if (loaded) {
        keep(*loaded);
        return loaded;
    }
    failure_ = loaded.error();
    if (!is_usable(clock_.now())) return loaded;
    refresh_at_ = clock_.now() + refresh_again_after;
    return *current_;
}

void CredentialCache::expire(const Credentials& stale) {
    const std::lock_guard lock{mutex_};
    if (current_ && current_->access_key == stale.access_key &&
        current_->session_token == stale.session_token)
        current_.reset();
}

}  // namespace weir::aws
