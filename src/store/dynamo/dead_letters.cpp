#include <algorithm>
#include <utility>

#include "store/dynamo/dead_letter_items.h"
#include "store/dynamo/engine.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/parts.h"
#include "store/dynamo/prefetch.h"

namespace weir::dynamo {
namespace {

// Fills a page with letters in the order of their ids. It ends between two letters of different ids.
class PageFiller {
  public:
    PageFiller(DeadLetterPage& page, TimeRange received, std::uint64_t after, std::size_t limit)
        : page_(page), received_(received), after_(after), limit_(limit) {}

    // False: the page is full, and this letter is for the next one.
    bool add(DeadLetter letter) {
        if (letter.id <= after_ || !received_.contains(letter.received_at)) return true;
        const bool same_id = !page_.letters.empty() && page_.letters.back().id == letter.id;
        const bool full =
            page_.letters.size() >= limit_ ||
            (!page_.letters.empty() && bytes_ + letter.bytes.size() > max_dead_letter_page_bytes);
        if (full && !same_id) {
            page_.next = page_.letters.empty() ? after_ : page_.letters.back().id;
            return false;
        }
        bytes_ += letter.bytes.size();
        page_.letters.push_back(std::move(letter));
        return true;
    }

  private:
    DeadLetterPage& page_;
    const TimeRange received_;
    const std::uint64_t after_;
    const std::size_t limit_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<DeadLetterPage> DynamoStore::dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) {
    return guarded([&]() -> Result<DeadLetterPage> {
        const auto since = created();
        if (!since) return fail(since.error());
        received.start = std::max(received.start, received_at_of(after));
        const auto minutes = with_items(minutes_of_receipt(received, *since));
        if (!minutes) return fail(minutes.error());
        const Timestamp now = clock_.now();
        DeadLetterPage page;
        PageFiller filler(page, received, after, limit);
        Prefetch prefetch(options_.connections);
        for (std::size_t begin = 0, count = 0; begin < minutes->size(); begin += count) {
            count = std::min(prefetch.step(), minutes->size() - begin);
            const auto query = [&](std::size_t i) {
                const std::int64_t minute = (*minutes)[begin + i];
                return aws::QueryRequest{.table = options_.events_table,
                                         .partition_key = dead_letter_partition(minute),
                                         .sort_from = dead_letter_sort_key(after + 1)};
            };
            std::vector<Result<aws::QueryPage>> pages(count);
            crew_.for_each(count, [&](std::size_t i) { pages[i] = db_.query(query(i)); });
            prefetch.round_done(std::any_of(pages.begin(), pages.end(), [](const auto& found) {
                return found && !found->items.empty();
            }));
            for (std::size_t i = 0; i < count; ++i) {
                if (!pages[i]) return fail(std::move(pages[i]).error());
                PartJoiner bytes{std::string(letter_bytes)}, packed{std::string(letter_zstd)};
                const auto take = [&](std::vector<aws::Item> items) -> Result<bool> {
                    for (aws::Item& item : items) {
                        const bool is_packed = item.contains(letter_zstd);
                        const auto whole = (is_packed ? packed : bytes).add(std::move(item));
                        if (!whole || is_expired(*whole, now)) continue;
                        auto letter = dead_letter_of(*whole);
                        if (!letter) return fail(std::move(letter).error());
                        if (!filler.add(*std::move(letter))) return false;
                    }
                    return true;
                };
                const auto more = take(std::move(pages[i]->items));
                if (!more) return fail(more.error());
                if (*more && pages[i]->next) {
                    aws::QueryRequest rest = query(i);
                    rest.start = std::move(pages[i]->next);
                    if (auto read = each_page(std::move(rest), take); !read)
                        return fail(std::move(read).error());
                }
                if (page.next) return page;
            }
        }
        return page;
    });
}

}  // namespace weir::dynamo
