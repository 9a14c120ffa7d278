#pragma once

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "batches.h"
#include "dynamo_harness.h"

namespace weir::test {

// A store on the fake, with a view behind it.
class DynamoFixture {
  public:
    explicit DynamoFixture(DynamoOptions wanted = dynamo_options(Layout::rows)) : options(std::move(wanted)) {
        db.create_table(options.events_table);
        db.create_table(options.aggregates_table);
    }

    Store& store() {
        if (!store_) reopen();
        return *store_;
    }
    void reopen() {
        auto opened = open_dynamo_store(db, options, clock);
        if (!opened) throw std::runtime_error(opened.error().message);
        store_ = std::move(*opened);
    }
    std::vector<Result<Verdict>> commit(std::vector<Batch> group) {
        auto answers = store().commit(group);
        EXPECT_TRUE(answers.has_value());
        return std::move(*answers);
    }
    Result<Verdict> commit_one(const Batch& batch) { return commit({batch}).at(0); }

    Verdict must_commit(const Batch& batch) {
        auto answer = commit_one(batch);
        EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
        return answer ? *std::move(answer) : Verdict{};
    }

    FakeDynamoDb::Table events() const { return db.items(options.events_table); }
    FakeDynamoDb::Table aggregates() const { return db.items(options.aggregates_table); }
    // The items whose partition begins so.
    std::vector<aws::Item> items(const std::string& prefix) const {
        std::vector<aws::Item> found;
        for (const auto& [key, item] : events())
            if (key.first.starts_with(prefix)) found.push_back(item);
        return found;
    }
    std::vector<std::string> ids(TimeRange range = {at(-100'000), at(100'000)}) {
        std::vector<std::string> found;
        const auto end = store().scan({range, {}, {}}, [&](const EventView& event) {
            found.emplace_back(event.event_id);
            return Visit::next;
        });
        EXPECT_TRUE(end.has_value()) << (end ? "" : end.error().message);
        return found;
    }

    FakeDynamoDb db;
    ManualClock clock{at(3600)};
    DynamoOptions options;

  private:
    std::unique_ptr<Store> store_;
};

// Letters that no compression makes much shorter.
inline std::string random_letters(std::size_t size, std::uint32_t seed = 1) {
    std::mt19937 random(seed);
    std::string letters;
    letters.reserve(size);
    while (letters.size() < size)
        letters += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[random() % 64];
    return letters;
}

}  // namespace weir::test
