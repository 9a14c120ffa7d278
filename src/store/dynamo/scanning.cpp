#include <algorithm>
#include <optional>
#include <utility>

#include "codec/stored_lines.h"
#include "store/dynamo/engine.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/parts.h"
#include "store/dynamo/prefetch.h"
#include "store/dynamo/raw_items.h"
#include "store/dynamo/visited_events.h"

namespace weir::dynamo {

// Goes through the partitions of the raw events in order. The first pages of as many partitions as there are
// connections are asked for at once; a partition's further pages when their turn comes, so that memory stays
// within so many megabytes.
class DynamoStore::Scan {
  public:
    Scan(DynamoStore& store, const ScanRequest& request, const EventVisitor& visitor)
        : store_(store),
          request_(request),
          visitor_(visitor),
          now_(store.clock_.now()),
          from_(request.after.value_or(ScanCursor{})),
          reader_(store.options_.identity.group_by) {}

    Result<ScanEnd> run(Timestamp created) {
        end_.as_of = static_cast<std::uint64_t>(to_ms(now_));
        const Timestamp oldest = created - store_.options_.retention;
        const Minutes minutes =
            store_.minutes_of_events({std::max(request_.range.start, oldest), request_.range.end});
        if (minutes.count() == 0) return end_;
        const auto found = store_.with_items(minutes);
        if (!found) return fail(found.error());
        const std::uint64_t shards = store_.options_.shards;
        std::vector<std::uint64_t> positions;
        for (const std::int64_t minute : *found)
            for (std::uint64_t shard = 0; shard < shards; ++shard)
                if (const std::uint64_t at = static_cast<std::uint64_t>(minute) * shards + shard;
                    at >= from_.position)
                    positions.push_back(at);
        for (std::span<const std::uint64_t> rest = positions; !rest.empty();) {
            const auto next = rest.first(std::min(rest.size(), prefetch_.step()));
            const auto more = read_partitions(next);
            if (!more) return fail(more.error());
            if (!*more) break;
            rest = rest.subspan(next.size());
        }
        return end_;
    }

  private:
    aws::QueryRequest query(std::uint64_t position) const {
        const std::uint64_t shards = store_.options_.shards;
        return {.table = store_.options_.events_table,
                .partition_key = raw_partition(static_cast<std::int64_t>(position / shards),
                                               static_cast<unsigned>(position % shards))};
    }
    Result<bool> read_partitions(std::span<const std::uint64_t> positions);
    Result<bool> read_items(std::vector<aws::Item> items);
    Result<bool> read_item(const aws::Item& item);
    Result<void> pass_block(const aws::Item& block);

    DynamoStore& store_;
    const ScanRequest& request_;
    const EventVisitor& visitor_;
    const Timestamp now_;
    const ScanCursor from_;
    StoredLineReader reader_;
    Prefetch prefetch_{store_.options_.connections};
    PartJoiner joiner_{std::string(block_attribute)};
    VisitedEvents visited_;
    ScanCursor at_;  // the next event; one that lies there twice is counted twice
    ScanEnd end_;
};

// False: the visitor stopped the scan.
Result<bool> DynamoStore::Scan::read_partitions(std::span<const std::uint64_t> positions) {
    std::vector<Result<aws::QueryPage>> pages(positions.size());
    store_.crew_.for_each(pages.size(),
                          [&](std::size_t i) { pages[i] = store_.db_.query(query(positions[i])); });
    prefetch_.round_done(std::any_of(pages.begin(), pages.end(),
                                     [](const auto& page) { return page && !page->items.empty(); }));
    for (std::size_t i = 0; i < pages.size(); ++i) {
        if (!pages[i]) return fail(std::move(pages[i]).error());
        at_ = {positions[i], 0};
        joiner_ = PartJoiner(std::string(block_attribute));
        visited_.clear();
        auto more = read_items(std::move(pages[i]->items));
        if (more && *more && pages[i]->next) {
            aws::QueryRequest rest = query(positions[i]);
            rest.start = std::move(pages[i]->next);
            const auto read = store_.each_page(std::move(rest), [&](std::vector<aws::Item> items) {
                more = read_items(std::move(items));
                return more;
            });
            if (!read) return fail(read.error());
        }
        if (!more || !*more) return more;
    }
    return true;
}

Result<bool> DynamoStore::Scan::read_items(std::vector<aws::Item> items) {
    for (aws::Item& item : items) {
        auto whole = joiner_.add(std::move(item));
        if (!whole) continue;
        const std::uint64_t events = events_in(*whole);
        if (is_expired(*whole, now_)) {
            at_.line += events;
            continue;
        }
        const bool is_block = whole->contains(block_attribute);
        if (is_block)
            visited_.begin_block(aws::text_of(*whole, "sk"));
        else
            visited_.add_row(aws::text_of(*whole, "sk"));
        if (at_.position == from_.position && at_.line + events <= from_.line) {
            if (is_block)
                if (auto passed = pass_block(*whole); !passed) return fail(std::move(passed).error());
            at_.line += events;
            continue;
        }
        if (auto more = read_item(*whole); !more || !*more) return more;
    }
    return true;
}

// All of it was visited by the scan that this one goes on with.
Result<void> DynamoStore::Scan::pass_block(const aws::Item& block) {
    if (!VisitedEvents::may_hold_large(block)) return {};
    std::optional<Error> error;
    const auto read = each_line(block, [&](const RawLine& line) {
        if (!VisitedEvents::may_be_large(line)) return true;
        const auto event = reader_.read(line.format, line.csv_header, line.line);
        if (event)
            static_cast<void>(visited_.is_repeated(*event));
        else
            error = event.error();
        return event.has_value();
    });
    if (!read) return read;
    if (error) return fail(*std::move(error));
    return {};
}

Result<bool> DynamoStore::Scan::read_item(const aws::Item& item) {
    const bool is_block = item.contains(block_attribute);
    std::optional<Error> error;
    const auto read = each_line(item, [&](const RawLine& line) {
        const bool passed = at_.position == from_.position && at_.line < from_.line;
        if (!passed || (is_block && VisitedEvents::may_be_large(line))) {
            const auto event = reader_.read(line.format, line.csv_header, line.line);
            if (!event) {
                error = event.error();
                return false;
            }
            const bool repeated = is_block && visited_.is_repeated(*event);
            if (!passed && !repeated && request_.range.contains(event->ts) &&
                visitor_(*event) == Visit::stop) {
                end_.next = at_;
                return false;
            }
        }
        ++at_.line;
        return true;
    });
    if (!read) return fail(read.error());
    if (error) return fail(*std::move(error));
    return !end_.next.has_value();
}

Result<ScanEnd> DynamoStore::scan(const ScanRequest& request, const EventVisitor& visitor) {
    return guarded([&]() -> Result<ScanEnd> {
        const auto since = created();
        if (!since) return fail(since.error());
        return Scan(*this, request, visitor).run(*since);
    });
}

}  // namespace weir::dynamo
