#include "store/remote_store.h"

#include <algorithm>
#include <charconv>
#include <future>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/json_string.h"
#include "codec/json_rows.h"
#include "codec/stored_lines.h"
#include "store/remote_answers.h"

namespace weir {
namespace {

constexpr std::size_t page_events = 100'000;  // the server ends a page earlier, by its bytes
constexpr std::size_t page_rows = 1000;
constexpr std::size_t page_letters = 1000;

std::string range_query(TimeRange range) {
    return fmt::format("from={}&to={}", to_ms(range.start), to_ms(range.end));
}

std::string_view header(const http::Response& response, std::string_view name) {
    return response.headers.get(name).value_or(std::string_view{});
}

// `max_timestamp` and later: nobody can write a later one.
TimeRange writable(TimeRange range) {
    return {std::clamp(range.start, min_timestamp, max_timestamp),
            std::clamp(range.end, min_timestamp, max_timestamp)};
}

std::string events_target(TimeRange range, std::optional<std::uint64_t> as_of,
                          const std::optional<ScanCursor>& after) {
    std::string target = "/v1/events?" + range_query(writable(range));
    if (as_of) target += fmt::format("&as_of={}", *as_of);
    if (after) target += "&cursor=" + http::percent_encode(format_cursor(*after));
    return target;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

struct Visited {
    std::size_t events = 0;
    bool stopped = false;  // before the event after them
};

// Gives every line of a page to the visitor; without a reader, nothing but the line.
Result<Visited> visit_lines(std::string_view body, StoredLineReader* reader, const EventVisitor& visitor) {
    Visited visited;
    while (!body.empty()) {
        const std::size_t length = body.find('\n');
        if (length == std::string_view::npos) return answer_invalid("GET /v1/events ended inside a line");
        Result<EventView> event = EventView{};
        if (reader != nullptr)
            event = reader->read(LineFormat::ndjson, {}, body.substr(0, length));
        else
            event->line = body.substr(0, length);
        if (!event) return answer_invalid(event.error().message);
        if (visitor(*event) == Visit::stop) {
            visited.stopped = true;
            return visited;
        }
        ++visited.events;
        body.remove_prefix(length + 1);
    }
    return visited;
}

}  // namespace

struct RemoteStore::Impl {
    std::mutex mutex;  // one request at a time
    http::Client client;
    const std::string token;
    std::optional<std::string> group_by;  // of the server; asked for when a line is first to be read

    Impl(http::Url url, std::string t, http::ClientOptions options)
        : client(std::move(url), options), token(std::move(t)) {}

    Result<http::Response> send(std::string method, std::string target, std::string_view body = {});
    // As send, but everything other than 2xx is an error.
    Result<http::Response> get(std::string target);
    Result<std::optional<AggregateRow>> get_row(std::string target);
    Result<RemoteStatus> status();
    Result<StoredLineReader> line_reader();
    Result<ScanCursor> cursor_after(const std::string& target, std::size_t events);
};

Result<http::Response> RemoteStore::Impl::send(std::string method, std::string target,
                                               std::string_view body) {
    http::ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = body;
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    if (!body.empty()) request.headers.add("Content-Type", "application/json");
    return client.send(request);
}

Result<http::Response> RemoteStore::Impl::get(std::string target) {
    auto response = send("GET", std::move(target));
    if (!response || response->status / 100 == 2) return response;
    return fail(error_of(*response));
}

Result<std::optional<AggregateRow>> RemoteStore::Impl::get_row(std::string target) {
    auto response = send("GET", std::move(target));
    if (!response) return fail(std::move(response).error());
    if (is_not_found(*response)) return std::optional<AggregateRow>{};
    if (response->status != 200) return fail(error_of(*response));
    auto row = aggregate_row_from_json(response->body);
    if (!row) return answer_invalid(row.error().message);
    return std::optional(std::move(*row));
}

Result<RemoteStatus> RemoteStore::Impl::status() {
    auto response = get("/v1/status");
    if (!response) return fail(std::move(response).error());
    return remote_status_from_json(response->body);
}

Result<StoredLineReader> RemoteStore::Impl::line_reader() {
    if (!group_by) {
        auto found = status();
        if (!found) return fail(std::move(found).error());
        group_by = std::move(found->group_by);
    }
    return StoredLineReader(*group_by);
}

// The place behind the first so many events of a page, which only the server can tell. A HEAD costs no body.
Result<ScanCursor> RemoteStore::Impl::cursor_after(const std::string& target, std::size_t events) {
    auto response = send("HEAD", fmt::format("{}&limit={}", target, events));
    if (!response) return fail(std::move(response).error());
    if (response->status != 200) return fail(error_of(*response));
    return parse_cursor(std::string(header(*response, "Weir-Next-Cursor")));
}

RemoteStore::RemoteStore(http::Url url, std::string token, http::ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(url), std::move(token), options)) {}

RemoteStore::~RemoteStore() = default;

Result<RemoteStatus> RemoteStore::status() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->status();
}

Result<AggregateRow> RemoteStore::aggregate(const std::string& run_id, std::optional<Timestamp> at) {
    const std::string body =
        at ? fmt::format(R"({{"run_id":{},"at":"{}"}})", json_string(run_id), format_rfc3339(*at))
           : fmt::format(R"({{"run_id":{}}})", json_string(run_id));
    const std::lock_guard lock(impl_->mutex);
    auto response = impl_->send("POST", "/v1/aggregations", body);
    if (!response) return fail(std::move(response).error());
    if (response->status != 201) return fail(error_of(*response));
    auto row = aggregate_row_from_json(response->body);
    if (!row) return answer_invalid(row.error().message);
    return row;
}

Result<AggregateRow> RemoteStore::live(std::optional<Timestamp> at) {
    const std::lock_guard lock(impl_->mutex);
    auto response = impl_->get("/v1/windows/" + (at ? std::to_string(to_ms(*at)) : "live"));
    if (!response) return fail(std::move(response).error());
    auto row = aggregate_row_from_json(response->body);
    if (!row) return answer_invalid(row.error().message);
    return row;
}

Result<WindowCounts> RemoteStore::window_counts(TimeRange range) {
    const std::lock_guard lock(impl_->mutex);
    auto response = impl_->get("/v1/counts?" + range_query(range));
    if (!response) return fail(std::move(response).error());
    return window_counts_from_json(response->body);
}

Result<std::vector<PaneCount>> RemoteStore::panes(TimeRange range) {
    const std::lock_guard lock(impl_->mutex);
    auto response = impl_->get("/v1/panes?" + range_query(range));
    if (!response) return fail(std::move(response).error());
    return panes_from_json(response->body);
}

Result<ScanEnd> RemoteStore::scan(const ScanRequest& request, const EventVisitor& visitor) {
    const std::lock_guard lock(impl_->mutex);
    std::optional<StoredLineReader> reader;
    if (!request.lines_only) {
        auto made = impl_->line_reader();
        if (!made) return fail(std::move(made).error());
        reader.emplace(*std::move(made));
    }
    ScanEnd end;
    std::optional<std::uint64_t> as_of = request.as_of;
    std::optional<ScanCursor> after = request.after;
    const auto fetch = [&] {
        return impl_->get(
            fmt::format("{}&limit={}", events_target(request.range, as_of, after), page_events));
    };
    std::future<Result<http::Response>> ahead;  // the page after the one that is visited
    for (;;) {
        auto page = ahead.valid() ? ahead.get() : fetch();
        if (!page) return fail(std::move(page).error());
        auto position = number_of(header(*page, "Weir-As-Of"));
        if (!position) return answer_invalid("GET /v1/events was answered without Weir-As-Of");
        as_of = end.as_of = *position;  // later pages are as of the first one

        const std::optional<ScanCursor> begin = after;
        const std::string_view next = header(*page, "Weir-Next-Cursor");
        if (!next.empty()) {
            auto cursor = parse_cursor(std::string(next));
            if (!cursor || after == *cursor)
                return answer_invalid("the next page of /v1/events does not go on");
            after = *cursor;
            ahead = std::async(std::launch::async, fetch);
        }
        auto visited = visit_lines(page->body, reader ? &*reader : nullptr, visitor);
        if (!visited) return fail(std::move(visited).error());
        if (visited->stopped) {
            if (ahead.valid()) ahead.wait();  // one request at a time
            auto stop = visited->events == 0 ? Result<ScanCursor>(begin.value_or(ScanCursor{}))
                                             : impl_->cursor_after(events_target(request.range, as_of, begin),
                                                                   visited->events);
            if (!stop) return fail(std::move(stop).error());
            end.next = *stop;
            return end;
        }
        if (!ahead.valid()) return end;
    }
}

Result<std::optional<AggregateRow>> RemoteStore::row_at(Timestamp window_end) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->get_row("/v1/rows/" + std::to_string(to_ms(window_end)));
}

Result<std::optional<AggregateRow>> RemoteStore::row_of_run(const std::string& run_id) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->get_row("/v1/runs/" + http::percent_encode(run_id));
}

Result<std::optional<AggregateRow>> RemoteStore::latest_row() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->get_row("/v1/rows/latest");
}

Result<std::vector<AggregateRow>> RemoteStore::rows(TimeRange window_ends, std::size_t limit) {
    const std::lock_guard lock(impl_->mutex);
    TimeRange range = writable(window_ends);
    std::vector<AggregateRow> rows;
    while (rows.size() < limit && range.start < range.end) {
        auto response = impl_->get(fmt::format("/v1/rows?{}&limit={}", range_query(range),
                                               std::min(limit - rows.size(), page_rows)));
        if (!response) return fail(std::move(response).error());
        auto page = rows_from_json(response->body);
        if (!page) return answer_invalid(page.error().message);
        std::move(page->rows.begin(), page->rows.end(), std::back_inserter(rows));
        if (!page->next) break;
        if (*page->next <= range.start) return answer_invalid("the next page of /v1/rows does not go on");
        range.start = *page->next;
    }
    return rows;
}

Result<DeadLetterPage> RemoteStore::dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) {
    const std::lock_guard lock(impl_->mutex);
    DeadLetterPage page;
    page.next = after;
    while (page.next && page.letters.size() < limit) {
        auto response =
            impl_->get(fmt::format("/v1/dead-letters?{}&after={}&limit={}", range_query(writable(received)),
                                   *page.next, std::min(limit - page.letters.size(), page_letters)));
        if (!response) return fail(std::move(response).error());
        auto part = dead_letters_from_json(response->body);
        if (!part) return answer_invalid(part.error().message);
        if (part->next && *part->next <= *page.next && part->letters.empty())
            return answer_invalid("the next page of /v1/dead-letters does not go on");
        std::move(part->letters.begin(), part->letters.end(), std::back_inserter(page.letters));
        page.next = part->next;
    }
    return page;
}

Result<Ledger> RemoteStore::ledger() {
    const std::lock_guard lock(impl_->mutex);
    auto response = impl_->get("/v1/ledger");
    if (!response) return fail(std::move(response).error());
    auto ledger = ledger_from_json(response->body);
    if (!ledger) return answer_invalid(ledger.error().message);
    return ledger;
}

}  // namespace weir
