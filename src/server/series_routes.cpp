#include "server/series_routes.h"

#include <functional>

#include <fmt/format.h>

#include "base/json_string.h"
#include "server/answer.h"

namespace weir {
namespace {

constexpr std::size_t max_points = 1500;  // a day of a row a minute
constexpr std::size_t max_series = 10;
constexpr std::size_t rows_at_a_time = 60;

// The columns of an answer, filled row by row, so that no more than a few rows are held at once.
class Columns {
  public:
    explicit Columns(std::vector<std::string_view> keys) : keys_(std::move(keys)), counts_(keys_.size()) {}

    void add(const AggregateRow& row) {
        const std::string_view comma = points_++ == 0 ? "" : ",";
        ends_ += fmt::format("{}\"{}\"", comma, format_rfc3339(row.window_end));
        totals_ += fmt::format("{}{}", comma, row.total);
        late_ += fmt::format("{}{}", comma, row.late);
        revisions_ += fmt::format("{}{}", comma, row.revision);
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const auto count = row.counts.find(keys_[i]);
            counts_[i] += fmt::format("{}{}", comma, count == row.counts.end() ? 0 : count->second);
        }
    }

    [[nodiscard]] std::string json(std::optional<Timestamp> next) const {
        std::string out =
            fmt::format(R"({{"window_ends":[{}],"totals":[{}],"late":[{}],"revisions":[{}],"series":[)",
                        ends_, totals_, late_, revisions_);
        for (std::size_t i = 0; i < keys_.size(); ++i)
            out += fmt::format(R"({}{{"key":{},"counts":[{}]}})", i == 0 ? "" : ",", json_string(keys_[i]),
                               counts_[i]);
        return out += next ? fmt::format(R"(],"next":"{}"}})", format_rfc3339(*next)) : R"(],"next":null})";
    }
    [[nodiscard]] std::size_t points() const { return points_; }

  private:
    std::vector<std::string_view> keys_;
    std::size_t points_ = 0;
    std::string ends_, totals_, late_, revisions_;
    std::vector<std::string> counts_;  // a column a key
};

Result<http::Response> series(Backend& backend, const Call& call) {
    const auto range = call.query().range(true);
    if (!range) return fail(range.error());
    std::vector<std::string_view> keys = call.query().texts("key");
    if (keys.size() > max_series)
        return fail(ErrorCode::invalid, "query-invalid",
                    fmt::format("{} keys are asked for, which is more than {}", keys.size(), max_series),
                    "ask for the others in a further request");
    Columns columns(std::move(keys));
    TimeRange rest = *range;
    std::optional<Timestamp> next;
    for (bool more = true; more && !next;) {
        const auto rows = backend.store.rows(rest, rows_at_a_time);
        if (!rows) return fail(rows.error());
        for (const AggregateRow& row : *rows) {
            if (columns.points() == max_points) {
                next = row.window_end;
                break;
            }
            columns.add(row);
        }
        more = rows->size() == rows_at_a_time;
        if (more) rest.start = rows->back().window_end + Duration{1};
    }
    return json_answer(200, columns.json(next));
}

}  // namespace

void add_series_routes(Router& router, Backend& backend) {
    router.add({"GET", "/v1/series", {"from", "to", "key*"}, Where::worker, [&backend](const Call& call) {
                    return series(backend, call);
                }});
}

}  // namespace weir
