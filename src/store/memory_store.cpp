#include "store/memory_store.h"

#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "codec/stored_lines.h"
#include "store/checks.h"

namespace weir {
namespace {

// The stored events of one batch, at its position. Never changed once it is shared with a scan.
struct Block {
    std::uint64_t position = 0;
    LineFormat format = LineFormat::ndjson;
    std::string csv_header;
    std::string batch_id;
    Timestamp received_at;
    Timestamp newest;  // of received_at and every ts
    std::vector<std::string> lines;
};

struct Marker {
    Hash128 content;
    Verdict verdict;
};

using EventId = std::tuple<std::string, std::uint8_t, std::uint64_t>;  // run, width, sequence
using PaneCounts = std::map<Timestamp, KeyCounts>;

class MemoryStore final : public Store {
  public:
    explicit MemoryStore(StoreIdentity identity) : identity_(std::move(identity)) {}

    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override {
        const std::scoped_lock lock(mutex_);
        std::vector<Result<Verdict>> answers;
        for (Batch& batch : group)
            answers.push_back(commit_one(batch));
        return answers;
    }

    Result<WindowCounts> window_counts(TimeRange range) override {
        if (auto checked = check_window_range(range, identity_.window.pane); !checked)
            return fail(checked.error());
        const std::scoped_lock lock(mutex_);
        WindowCounts sum;
        for (const auto& [pane, counts] : panes_)
            if (range.contains(pane))
                for (const auto& [key, count] : counts) {
                    sum.counts[key] += count;
                    sum.total += count;
                }
        for (const auto& [pane, count] : late_)
            if (range.contains(pane)) sum.late += count;
        sum.as_of = position_;
        return sum;
    }

    Result<std::vector<PaneCount>> panes(TimeRange range) override {
        if (auto checked = check_panes_range(range, identity_.window.pane); !checked)
            return fail(checked.error());
        const std::scoped_lock lock(mutex_);
        std::vector<PaneCount> found;
        for (const auto& [pane, counts] : panes_)
            if (range.contains(pane))
                for (const auto& [key, count] : counts)
                    found.push_back({pane, key, count});
        return found;
    }

    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override {
        std::vector<std::shared_ptr<const Block>> blocks;
        ScanEnd end;
        {
            const std::scoped_lock lock(mutex_);
            blocks = blocks_;
            end.as_of = std::min(request.as_of.value_or(position_), position_);
        }
        StoredLineReader reader(identity_.group_by);
        const ScanCursor from = request.after.value_or(ScanCursor{});
        for (const auto& block : blocks) {
            if (block->position < from.position || block->position > end.as_of) continue;
            for (std::uint64_t i = block->position == from.position ? from.line : 0; i < block->lines.size();
                 ++i) {
                const Result<EventView> event =
                    reader.read(block->format, block->csv_header, block->lines[i]);
                if (!event) return fail(event.error());
                if (!request.range.contains(event->ts) || visitor(*event) == Visit::next) continue;
                end.next = ScanCursor{block->position, i};
                return end;
            }
        }
        return end;
    }

    Result<std::optional<AggregateRow>> row_at(Timestamp window_end) override {
        const std::scoped_lock lock(mutex_);
        const auto found = rows_.find({identity_.view, window_end});
        return found == rows_.end() ? std::nullopt : std::optional(found->second);
    }

    Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) override {
        const std::scoped_lock lock(mutex_);
        return newest_of(runs_, run_id);
    }

    Result<std::optional<AggregateRow>> latest_row() override {
        const std::scoped_lock lock(mutex_);
        return newest_of(rows_, identity_.view);
    }

    Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) override {
        const std::scoped_lock lock(mutex_);
        std::vector<AggregateRow> found;
        for (const auto& [key, row] : rows_)
            if (key.first == identity_.view && window_ends.contains(key.second) && found.size() < limit)
                found.push_back(row);
        return found;
    }

    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override {
        const std::scoped_lock lock(mutex_);
        DeadLetterPage page;
        std::size_t bytes = 0;
        for (auto it = dead_letters_.upper_bound(after); it != dead_letters_.end(); ++it) {
            const DeadLetter& letter = it->second;
            if (!received.contains(letter.received_at)) continue;
            const bool full =
                !page.letters.empty() && bytes + letter.bytes.size() > max_dead_letter_page_bytes;
            if (full || page.letters.size() >= limit) {
                page.next = page.letters.empty() ? after : page.letters.back().id;
                break;
            }
            bytes += letter.bytes.size();
            page.letters.push_back(letter);
        }
        return page;
    }

    Result<Ledger> ledger() override {
        const std::scoped_lock lock(mutex_);
        return ledger_;
    }

    Result<std::vector<DirtyPane>> dirty_panes() override {
        const std::scoped_lock lock(mutex_);
        std::vector<DirtyPane> found;
        for (const auto& [pane, version] : dirty_)
            found.push_back({pane, version});
        return found;
    }

    Result<void> put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) override {
        const std::scoped_lock lock(mutex_);
        for (const AggregateRow& row : rows) {
            if (row.run_id.empty())
                rows_[{row.view, row.window_end}] = row;
            else
                runs_[{row.run_id, row.window_end}] = row;
        }
        for (const DirtyPane& pane : cleared)
            if (const auto it = dirty_.find(pane.pane); it != dirty_.end() && it->second == pane.version)
                dirty_.erase(it);
        return {};
    }

    Result<void> drop_before(Timestamp oldest) override {
        const std::scoped_lock lock(mutex_);
        const auto older_pane = [&](const auto& entry) {
            return entry.first + identity_.window.pane <= oldest;
        };
        std::erase_if(panes_, older_pane);
        std::erase_if(late_, older_pane);
        std::erase_if(dirty_, older_pane);
        const auto older_row = [&](const auto& entry) { return entry.second.window_end < oldest; };
        std::erase_if(rows_, older_row);
        std::erase_if(runs_, older_row);
        std::erase_if(dead_letters_, [&](const auto& entry) { return entry.second.received_at < oldest; });
        while (!blocks_.empty() && blocks_.front()->newest < oldest) {
            markers_.erase(blocks_.front()->batch_id);
            blocks_.erase(blocks_.begin());
        }
        return {};
    }

    Result<std::uint64_t> size_bytes() override { return std::uint64_t{0}; }

  private:
    using RowMap = std::map<std::pair<std::string, Timestamp>, AggregateRow>;

    static std::optional<AggregateRow> newest_of(const RowMap& rows, const std::string& name) {
        auto it = rows.upper_bound({name, Timestamp::max()});
        if (it == rows.begin() || (--it)->first.first != name) return std::nullopt;
        return it->second;
    }

    Result<Verdict> commit_one(const Batch& batch) {
        if (const auto known = markers_.find(batch.batch_id); known != markers_.end()) {
            if (known->second.content != batch.content) return batch_conflict(batch.batch_id);
            Verdict verdict = known->second.verdict;
            verdict.replayed = true;
            add_to_ledger(ledger_, verdict);
            return verdict;
        }
        Verdict verdict = verdict_on_lines(batch);
        ++position_;
        Block block{
            position_, batch.format, batch.csv_header, batch.batch_id, batch.received_at, batch.received_at,
            {}};
        for (const EventRecord& event : batch.events) {
            if (seen_before(batch, event)) {
                ++verdict.duplicates;
                continue;
            }
            ++verdict.stored;
            const Timestamp pane = pane_of(event.ts, identity_.window);
            ++panes_[pane][batch.keys[event.key]];
            dirty_[pane] = position_;
            if (batch.received_at - event.ts > identity_.window.lateness) {
                ++verdict.late;
                ++late_[pane];
            }
            block.newest = std::max(block.newest, event.ts);
            block.lines.emplace_back(batch.line(event));
        }
        blocks_.push_back(std::make_shared<const Block>(std::move(block)));
        for (DeadLetter letter : batch.rejected) {
            letter.id = ++last_dead_letter_;
            dead_letters_[letter.id] = std::move(letter);
        }
        markers_[batch.batch_id] = {batch.content, verdict};
        add_to_ledger(ledger_, verdict);
        return verdict;
    }

    bool seen_before(const Batch& batch, const EventRecord& event) {
        if (event.producer == no_producer) return false;
        const ProducerId& producer = batch.producers[event.producer];
        return !ids_.insert({producer.run, producer.width, event.sequence}).second;
    }

    const StoreIdentity identity_;
    std::mutex mutex_;  // guards everything below
    std::uint64_t position_ = 0;
    std::uint64_t last_dead_letter_ = 0;
    std::vector<std::shared_ptr<const Block>> blocks_;
    std::map<std::string, Marker> markers_;
    std::set<EventId> ids_;
    PaneCounts panes_;
    std::map<Timestamp, std::uint64_t> late_;
    std::map<Timestamp, std::uint64_t> dirty_;
    RowMap rows_;  // by view and window end
    RowMap runs_;  // by run and window end
    std::map<std::uint64_t, DeadLetter> dead_letters_;
    Ledger ledger_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(StoreIdentity identity) {
    return std::make_unique<MemoryStore>(std::move(identity));
}

}  // namespace weir
