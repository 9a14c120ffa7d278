#include "store/remote_views.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "codec/view_json.h"
#include "store/remote_answers.h"

namespace weir {
namespace {

constexpr std::size_t page_rows = 1000;

}  // namespace

struct RemoteViews::Impl {
    std::mutex mutex;  // one request at a time
    http::Client client;
    const std::string token;

    Impl(http::Url url, std::string t, http::ClientOptions options)
        : client(std::move(url), options), token(std::move(t)) {}

    // The body of a 200; everything else is an error.
    Result<std::string> get(std::string target) {
        const std::scoped_lock lock(mutex);
        http::ClientRequest request;
        request.method = "GET";
        request.target = std::move(target);
        if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
        auto response = client.send(request);
        if (!response) return fail(std::move(response).error());
        if (response->status != 200) return fail(error_of(*response));
        return std::move(response->body);
    }
};

RemoteViews::RemoteViews(http::Url url, std::string token, http::ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(url), std::move(token), options)) {}

RemoteViews::~RemoteViews() = default;

Result<std::vector<ViewStatus>> RemoteViews::views() {
    auto body = impl_->get("/v1/views");
    if (!body) return fail(std::move(body).error());
    auto views = views_from_json(*body);
    if (!views) return answer_invalid(views.error().message);
    return views;
}

Result<ViewRow> RemoteViews::window(const std::string& view, std::optional<Timestamp> end) {
    auto body = impl_->get("/v1/views/" + http::percent_encode(view) +
                           (end ? fmt::format("?at={}", to_ms(*end)) : std::string()));
    if (!body) return fail(std::move(body).error());
    auto row = view_row_from_json(*body);
    if (!row) return answer_invalid(row.error().message);
    return row;
}

Result<std::vector<ViewRow>> RemoteViews::rows(const std::string& view, TimeRange ends, std::size_t limit) {
    TimeRange range{std::clamp(ends.start, min_timestamp, max_timestamp),
                    std::clamp(ends.end, min_timestamp, max_timestamp)};
    std::vector<ViewRow> rows;
    while (rows.size() < limit && range.start < range.end) {
        auto body = impl_->get(fmt::format("/v1/view-rows/{}?from={}&to={}&limit={}",
                                           http::percent_encode(view), to_ms(range.start), to_ms(range.end),
                                           std::min(limit - rows.size(), page_rows)));
        if (!body) return fail(std::move(body).error());
        auto page = view_rows_from_json(*body);
        if (!page) return answer_invalid(page.error().message);
        std::move(page->rows.begin(), page->rows.end(), std::back_inserter(rows));
        if (!page->next) break;
        if (*page->next <= range.start)
            return answer_invalid("the next page of /v1/view-rows does not go on");
        range.start = *page->next;
    }
    return rows;
}

}  // namespace weir
