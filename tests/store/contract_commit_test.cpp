// The contract of Store: committing, repeating, deduplicating, and the ledger.
#include "codec/compression.h"
#include "contract_test.h"

namespace weir::test {
namespace {

Batch three_events(const std::string& id, Timestamp now) {
    return BatchMaker(id, now)
        .add({"run-1", now, "Delaware"})
        .add({"run-2", now, "Ulster"})
        .add({"run-3", now, "Delaware"})
        .make();
}

TEST_P(StoreContract, a_batch_is_stored_counted_and_answered) {
    const Verdict verdict = commit(three_events("b1", now_));
    EXPECT_EQ(verdict, (Verdict{"b1", 3, 3, 0, 0, 0, {}, false}));
    EXPECT_EQ(ids(all_), in_scan_order({"run-1", "run-2", "run-3"}));
    EXPECT_EQ(counts({now_, now_ + Duration{1000}}).counts, (KeyCounts{{"Delaware", 2}, {"Ulster", 1}}));
    EXPECT_EQ(ledger(), (Ledger{3, 3, 0, 0, 0, 1, 0}));
}

TEST_P(StoreContract, a_repeated_batch_gets_its_first_verdict_and_is_counted_once) {
    const Batch batch =
        BatchMaker("b1", now_).add({"run-1", now_}).add({"run-1", now_}).reject("{oops").make();
    const Verdict first = commit(batch);
    EXPECT_EQ(first,
              (Verdict{"b1", 3, 1, 1, 1, 0, {{3, RejectReason::json_invalid, "not as expected"}}, false}));
    reopen();
    Verdict expected = first;
    expected.replayed = true;
    for (int again = 0; again < 3; ++again)
        EXPECT_EQ(commit(batch), expected);
    EXPECT_EQ(ids(all_).size(), 1U);
    EXPECT_EQ(counts(TimeRange{now_, now_ + Duration{1000}}).total, 1U);
    EXPECT_EQ(store().dead_letters(all_, 0, 10)->letters.size(), 1U);
    // A replay adds all its lines to received and to duplicates.
    EXPECT_EQ(ledger(), with_replays({3, 1, 1, 1, 0, 1, 0}, 3, 9));
    reopen();
    EXPECT_EQ(ledger(), with_replays({3, 1, 1, 1, 0, 1, 0}, 3, 9));
}

TEST_P(StoreContract, the_same_group_twice_and_the_same_batch_twice_in_one_group) {
    const std::vector<Batch> group{three_events("b1", now_),
                                   BatchMaker("b2", now_).add({"run-9", now_}).make(),
                                   three_events("b1", now_)};
    const auto first = commit_group(group);
    EXPECT_FALSE(first.at(0)->replayed);
    EXPECT_FALSE(first.at(1)->replayed);
    EXPECT_TRUE(first.at(2)->replayed);
    EXPECT_EQ(first.at(2)->stored, 3U);
    for (const auto& answer : commit_group(group))
        EXPECT_TRUE(answer->replayed);
    EXPECT_EQ(ids(all_).size(), 4U);
    EXPECT_EQ(ledger(), with_replays({4, 4, 0, 0, 0, 2, 0}, 4, 10));
}

TEST_P(StoreContract, a_batch_id_used_for_other_content_is_refused_alone) {
    commit(three_events("b1", now_));
    const Ledger before = ledger();
    const Batch other = BatchMaker("b1", now_).add({"run-7", now_}).make();
    const Batch fresh = BatchMaker("b2", now_).add({"run-8", now_}).make();
    const Batch other_fresh = BatchMaker("b2", now_).add({"run-9", now_}).make();
    const auto answers = commit_group({other, fresh, other_fresh});
    ASSERT_FALSE(answers.at(0).has_value());
    EXPECT_EQ(answers.at(0).error().code, ErrorCode::conflict);
    EXPECT_EQ(answers.at(0).error().reason, "batch-conflict");
    EXPECT_EQ(answers.at(1)->stored, 1U);
    ASSERT_FALSE(answers.at(2).has_value());
    EXPECT_EQ(ids(all_), in_scan_order({"run-1", "run-2", "run-3", "run-8"}));
    EXPECT_EQ(ledger().received, before.received + 1);
}

TEST_P(StoreContract, an_event_sent_twice_in_a_batch_is_a_duplicate) {
    const Verdict verdict = commit(BatchMaker("b1", now_)
                                       .add({"run-1", now_})
                                       .add({"run-1", now_, "Ulster"})
                                       .add({"other-1", now_})  // another run
                                       .add({"run-001", now_})  // another width is another id
                                       .add({"run-1", now_ + Duration{1}})
                                       .make());
    EXPECT_EQ(verdict, (Verdict{"b1", 5, 3, 2, 0, 0, {}, false}));
    EXPECT_EQ(ids(all_), in_scan_order({"run-1", "other-1", "run-001"}));
    EXPECT_EQ(counts({now_, now_ + Duration{1000}}).counts, (KeyCounts{{"Delaware", 3}}));
    EXPECT_EQ(ledger(), (Ledger{5, 3, 2, 0, 0, 1, 0}));
}

TEST_P(StoreContract, an_event_sent_before_is_a_duplicate_across_and_within_batches) {
    if (!can().dedups_across_batches) GTEST_SKIP() << "events are told apart within their batch only";
    commit(three_events("b1", now_));
    const Verdict verdict = commit(BatchMaker("b2", now_)
                                       .add({"run-2", now_})
                                       .add({"run-4", now_})
                                       .add({"run-4", now_})
                                       .add({"other-2", now_})  // another run
                                       .add({"run-002", now_})  // another width is another id
                                       .add({"run-3", now_})
                                       .make());
    EXPECT_EQ(verdict, (Verdict{"b2", 6, 3, 3, 0, 0, {}, false}));
    const auto answers =
        commit_group({BatchMaker("b3", now_).add({"run-5", now_}).make(),
                      BatchMaker("b4", now_).add({"run-5", now_}).add({"run-6", now_}).make()});
    EXPECT_EQ(answers.at(1)->duplicates, 1U);
    EXPECT_EQ(ids(all_), (std::vector<std::string>{"run-1", "run-2", "run-3", "run-4", "other-2", "run-002",
                                                   "run-5", "run-6"}));
    EXPECT_EQ(counts({now_, now_ + Duration{1000}}).total, 8U);
    EXPECT_EQ(ledger(), (Ledger{12, 8, 4, 0, 0, 4, 0}));
}

TEST_P(StoreContract, ids_of_another_form_are_told_apart_by_their_batch_only) {
    const auto batch = [&](const std::string& id) {
        return BatchMaker(id, now_).add({"no.number", now_}).add({"no.number", now_}).make();
    };
    const std::uint64_t told_apart = can().dedups_across_batches ? 2 : 1;
    EXPECT_EQ(commit(batch("b1")).stored, told_apart);
    EXPECT_TRUE(commit(batch("b1")).replayed);
    EXPECT_EQ(commit(batch("b2")).stored, told_apart);
    EXPECT_EQ(ids(all_).size(), 2 * told_apart);
}

TEST_P(StoreContract, late_is_later_than_the_lateness_after_its_ts) {
    const Duration lateness = test_identity().window.lateness;
    const Verdict verdict =
        commit(BatchMaker("b1", now_)
                   .add({"run-1", now_ - lateness})
                   .add({"run-2", now_ - lateness - Duration{1}})
                   .add({"run-3", now_ - std::chrono::hours{3}})
                   .add({"run-3", now_ - std::chrono::hours{3}})  // a duplicate is not late too
                   .add({"run-4", now_ + Duration{5000}})
                   .make());
    EXPECT_EQ(verdict, (Verdict{"b1", 5, 4, 1, 0, 2, {}, false}));
    EXPECT_EQ(ledger().late, 2U);
    EXPECT_EQ(counts({now_ - std::chrono::hours{4}, now_ + std::chrono::hours{1}}).late, 2U);
    EXPECT_EQ(counts({now_ - std::chrono::hours{1}, now_ + std::chrono::hours{1}}).late, 1U);
}

TEST_P(StoreContract, a_batch_without_a_stored_line_keeps_its_marker) {
    commit(three_events("b1", now_));
    const Batch duplicates = three_events("b2", now_);
    const Batch rejected = BatchMaker("b3", now_).reject("x").reject("y").make();
    const Batch empty = BatchMaker("b4", now_).make();
    for (const Batch& batch : {duplicates, rejected, empty}) {
        EXPECT_FALSE(commit(batch).replayed);
        reopen();
        EXPECT_TRUE(commit(batch).replayed);
    }
    if (can().dedups_across_batches) {
        EXPECT_EQ(ids(all_).size(), 3U);
        EXPECT_EQ(ledger(), (Ledger{13, 3, 8, 2, 0, 4, 3}));
    } else {
        EXPECT_EQ(ledger(), with_replays({8, 6, 0, 2, 0, 4, 0}, 3, 5));
    }
}

TEST_P(StoreContract, a_verdict_names_the_first_hundred_rejected_lines) {
    BatchMaker maker("b1", now_);
    for (int i = 0; i < 130; ++i)
        maker.reject("bad " + std::to_string(i), RejectReason::ts_missing);
    Verdict verdict = commit(maker.make());
    EXPECT_EQ(verdict.rejected, 130U);
    ASSERT_EQ(verdict.errors.size(), max_line_errors);
    EXPECT_EQ(verdict.errors.back(), (LineError{100, RejectReason::ts_missing, "not as expected"}));
    const std::vector<LineError> errors = verdict.errors;
    EXPECT_EQ(commit(maker.make()).errors, errors);
    EXPECT_EQ(store().dead_letters(all_, 0, 1000)->letters.size(), 130U);
}

// Large batches take another way than small ones: compressed ahead, in a block of their own.
TEST_P(StoreContract, large_batches_are_stored_as_small_ones_are) {
    std::vector<std::string> expected;
    const auto large = [&](const std::string& batch_id, std::uint64_t first, const std::string& line_break,
                           bool with_rejected) {
        BatchMaker maker(batch_id, now_);
        maker.line_break(line_break);
        for (std::uint64_t i = first; i < first + 600; ++i) {
            if (with_rejected && i % 50 == 0) maker.reject("{bad");
            const TestEvent event{format_event_id("large", i),
                                  now_ + Duration{static_cast<std::int64_t>(i % 7000)},
                                  "County " + std::to_string(i % 61)};
            maker.add(event);
        }
        return maker.make();
    };
    const auto expect = [&](std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t i = first; i < end; ++i)
            expected.push_back(format_event_id("large", i));
    };
    Batch prepared = large("b1", 1, "\n", false);
    store().prepare(prepared);
    EXPECT_EQ(commit(prepared).stored, 600U);
    expect(1, 601);
    EXPECT_EQ(commit(large("b2", 601, "\r\n", false)).stored, 600U);
    expect(601, 1201);
    EXPECT_EQ(commit(large("b3", 1201, "\n", true)).stored, 600U);
    expect(1201, 1801);
    if (can().dedups_across_batches) {
        Batch overlapping = large("b4", 1501, "\n", false);
        store().prepare(overlapping);
        EXPECT_EQ(commit(overlapping), (Verdict{"b4", 600, 300, 300, 0, 0, {}, false}));
        expect(1801, 2101);
        EXPECT_EQ(commit(large("b5", 1, "\n", false)).duplicates, 600U);
    }
    EXPECT_EQ(ids(all_), in_scan_order(expected));
    EXPECT_EQ(counts({now_, now_ + Duration{10'000}}).total, expected.size());
}

// A sender's own frames may be kept: what is read afterwards is the same.
TEST_P(StoreContract, batches_that_came_compressed_are_stored_as_others_are) {
    std::vector<std::string> expected;
    const auto send = [&](const std::string& batch_id, const std::string& line_break, bool ends_in_break,
                          const std::string& bad_line) {
        BatchMaker maker(batch_id, now_);
        maker.line_break(line_break);
        for (std::uint64_t i = 1; i <= 600; ++i) {
            if (i == 600 && !bad_line.empty()) maker.reject(bad_line);
            expected.push_back(batch_id + "-" + std::to_string(i));
            maker.add({expected.back(), now_, "County " + std::to_string(i % 61)});
        }
        Batch batch = maker.make();
        if (!ends_in_break) batch.text.resize(batch.text.size() - line_break.size());
        batch.frames = zstd_compress(batch.text);
        store().prepare(batch);
        EXPECT_EQ(commit(batch).stored, 600U);
    };
    send("lf", "\n", true, "");
    send("crlf", "\r\n", true, "");
    send("open", "\n", false, "");
    send("bad", "\n", true, "{bad");
    EXPECT_EQ(ids(all_), in_scan_order(expected));
    EXPECT_EQ(counts({now_, now_ + Duration{1000}}).total, expected.size());
}

}  // namespace

}  // namespace weir::test
