#include "store/dynamo/delta_items.h"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_string.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/raw_items.h"

namespace weir::dynamo {
namespace {

constexpr std::size_t pair_bytes = 24;  // ",<index>,<count>" and ",", seldom more
constexpr std::size_t pane_bytes = 48;  // "[<ms>,<late>" and "],"

// Writes the JSON of the counts of one minute, in pieces of at most so many bytes.
class CountsWriter {
  public:
    CountsWriter(std::int64_t minute, std::size_t max_bytes)
        : start_(start_of(minute)), max_bytes_(max_bytes) {}

    void add(Timestamp pane, const PaneDelta& delta) {
        begin_pane(pane, delta.late);
        for (const auto& [key, count] : delta.counts) {
            if (bytes_ + json_string(key).size() + 1 + pair_bytes > max_bytes_) {
                end_piece();
                begin_pane(pane, 0);
            }
            panes_ += fmt::format(",{},{}", index_of(key), count);
            bytes_ += pair_bytes;
        }
        panes_ += ']';
        open_ = false;
    }
    std::vector<std::string> finish() {
        if (!panes_.empty()) end_piece();
        return std::move(pieces_);
    }

  private:
    void begin_pane(Timestamp pane, std::uint64_t late) {
        if (bytes_ + pane_bytes > max_bytes_) end_piece();
        panes_ += fmt::format("{}[{},{}", panes_.empty() ? "" : ",", (pane - start_).count(), late);
        bytes_ += pane_bytes;
        open_ = true;
    }
    std::size_t index_of(const Key& key) {
        const auto [known, is_new] = indices_.try_emplace(key, indices_.size());
        if (is_new) {
            const std::string text = json_string(key);
            keys_.append(keys_.empty() ? "" : ",").append(text);
            bytes_ += text.size() + 1;
        }
        return known->second;
    }
    void end_piece() {
        if (open_) panes_ += ']';
        open_ = false;
        pieces_.push_back(fmt::format(R"({{"keys":[{}],"panes":[{}]}})", keys_, panes_));
        keys_.clear();
        panes_.clear();
        indices_.clear();
        bytes_ = 0;
    }

    const Timestamp start_;
    const std::size_t max_bytes_;
    std::string keys_, panes_;
    std::map<Key, std::size_t> indices_;
    std::size_t bytes_ = 0;  // at least as many as the piece has
    bool open_ = false;      // a pane was begun
    std::vector<std::string> pieces_;
};

aws::Item item_of(std::int64_t minute, const std::string& batch, std::size_t piece, Duration retention) {
    return {{"pk", aws::text(delta_partition(minute))},
            {"sk", aws::text(piece == 0 ? batch : fmt::format("{}#{:04}", batch, piece))},
            {"expires", minute_expires_at(minute, retention)}};
}

void put_ledger(aws::Item& item, const Verdict& verdict) {
    const auto put = [&](const char* name, std::uint64_t value) {
        item[name] = aws::number(static_cast<std::int64_t>(value));
    };
    put("received", verdict.received);
    put("stored", verdict.stored);
    put("duplicates", verdict.duplicates);
    put("rejected", verdict.rejected);
    put("late", verdict.late);
}

bool is_count(const nlohmann::json& value) {
    return value.is_number_unsigned();
}

// Whether a pane is as described, with `keys` keys.
bool is_pane(const nlohmann::json& pane, std::size_t keys) {
    if (!pane.is_array() || pane.size() < 2 || pane.size() % 2 != 0) return false;
    for (const auto& value : pane)
        if (!is_count(value)) return false;
    for (std::size_t i = 2; i < pane.size(); i += 2)
        if (pane[i].get<std::size_t>() >= keys) return false;
    return true;
}

}  // namespace

std::vector<aws::Item> delta_items(const Batch& batch, Timestamp received_at, const PaneDeltas& deltas,
                                   const Verdict& verdict, Duration retention, std::size_t max_bytes) {
    std::map<std::int64_t, std::vector<std::string>> minutes;
    const std::int64_t received_minute = minute_of(received_at);
    minutes[received_minute];
    for (auto pane = deltas.begin(); pane != deltas.end();) {
        const std::int64_t minute = minute_of(pane->first);
        CountsWriter writer(minute, max_bytes);
        for (; pane != deltas.end() && minute_of(pane->first) == minute; ++pane)
            writer.add(pane->first, pane->second);
        minutes[minute] = writer.finish();
    }
    std::vector<aws::Item> items;
    const std::string part = key_part(batch.batch_id);
    for (auto& [minute, pieces] : minutes) {
        aws::Item first = item_of(minute, part, 0, retention);
        if (minute == received_minute) put_ledger(first, verdict);
        if (!pieces.empty()) first["counts"] = aws::text(std::move(pieces.front()));
        items.push_back(std::move(first));
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            items.push_back(item_of(minute, part, i, retention));
            items.back()["counts"] = aws::text(std::move(pieces[i]));
        }
    }
    return items;
}

Result<void> each_delta(const aws::Item& item, std::int64_t minute,
                        const std::function<void(const DeltaEntry&)>& visitor) {
    const std::string text = aws::text_of(item, "counts");
    if (text.empty()) return {};
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("keys") || !json.contains("panes"))
        return item_unreadable(item, "counts is no object of keys and panes");
    const auto& keys = json["keys"];
    const auto& panes = json["panes"];
    if (!keys.is_array() || !panes.is_array())
        return item_unreadable(item, "the keys or panes of counts are no lists");
    for (const auto& key : keys)
        if (!key.is_string()) return item_unreadable(item, "a key of counts is no text");
    for (const auto& pane : panes) {
        if (!is_pane(pane, keys.size())) return item_unreadable(item, "a pane of counts is none");
        const Timestamp start = start_of(minute) + Duration{pane[0].get<std::int64_t>()};
        if (const auto late = pane[1].get<std::uint64_t>(); late != 0) visitor({start, {}, late, true});
        for (std::size_t i = 2; i < pane.size(); i += 2)
            visitor({start, keys[pane[i].get<std::size_t>()].get_ref<const std::string&>(),
                     pane[i + 1].get<std::uint64_t>(), false});
    }
    return {};
}

void add_to_ledger(Ledger& ledger, const aws::Item& item) {
    if (!item.contains("received")) return;
    const auto number = [&](const char* name) {
        return static_cast<std::uint64_t>(aws::number_of(item, name));
    };
    ledger.received += number("received");
    ledger.stored += number("stored");
    ledger.duplicates += number("duplicates");
    ledger.rejected += number("rejected");
    ledger.late += number("late");
    ++ledger.batches;
}

}  // namespace weir::dynamo
