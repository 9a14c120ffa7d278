#include "server/raw_routes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "codec/event_export.h"
#include "server/answer.h"
#include "server/form.h"

namespace weir {
namespace {

constexpr std::uint64_t max_page_events = 100'000;
constexpr std::uint64_t all_events =
    std::numeric_limits<std::uint32_t>::max();  // of a page: its bytes end it
constexpr std::size_t max_page_bytes = std::size_t{8} << 20U;
constexpr std::size_t piece_bytes = std::size_t{4} << 20U;  // of a stream, at a time: several blocks, since
                                                            // the one it ends in is unpacked again

constexpr std::size_t spare_bytes = std::size_t{64} << 10U;  // for the line that a page ends in

constexpr std::array event_forms{Form::ndjson, Form::csv};

// Writes the events of one answer, all of its pieces, in its form.
class EventWriter {
  public:
    EventWriter(Form form, std::vector<std::string> columns) {
        if (form == Form::csv) csv_.emplace(std::move(columns));
    }

    Result<void> append(std::string_view line, std::string& out) {
        if (csv_) return csv_->append(line, out);
        out.append(line).push_back('\n');
        return {};
    }
    // After the first piece, which lacks the CSV's header when there was no event.
    void finish(std::string& out) {
        if (csv_) csv_->finish(out);
    }

  private:
    std::optional<CsvEventWriter> csv_;
};

struct Page {
    std::string text;
    ScanEnd end;
};

Result<Page> read_page(Store& store, EventWriter& writer, const ScanRequest& request,
                       std::uint64_t max_events, std::size_t max_bytes) {
    Page page;
    // Growing would copy what is there, and fault fresh memory in, several times over.
    page.text.reserve(std::min<std::uint64_t>(max_bytes + spare_bytes, max_events * 1024));
    std::uint64_t events = 0;
    Result<void> written;
    auto end = store.scan(request, [&](const EventView& event) {
        if (events == max_events || page.text.size() >= max_bytes) return Visit::stop;
        ++events;
        written = writer.append(event.line, page.text);
        return written ? Visit::next : Visit::stop;
    });
    if (!end) return fail(std::move(end).error());
    if (!written) return fail(std::move(written).error());
    page.end = *end;
    return page;
}

// The rest of a scan, piece by piece, as of one position.
class RawStream {
  public:
    RawStream(Store& store, EventWriter writer, ScanRequest request, Page first)
        : store_(store), writer_(std::move(writer)), request_(request), ready_(std::move(first.text)) {
        request_.as_of = first.end.as_of;
        request_.after = first.end.next;
    }

    http::BodyPiece next() {
        if (!ready_.empty()) return {http::BodyPiece::Kind::data, std::exchange(ready_, {})};
        if (!request_.after) return {http::BodyPiece::Kind::end, {}};
        auto page = read_page(store_, writer_, request_, all_events, piece_bytes);
        if (!page) {
            log(LogLevel::error, "a stream of raw events failed", {{"error", page.error().message}});
            return {http::BodyPiece::Kind::failed, {}};
        }
        request_.after = page->end.next;
        if (page->text.empty()) return {http::BodyPiece::Kind::end, {}};
        return {http::BodyPiece::Kind::data, std::move(page->text)};
    }

  private:
    Store& store_;
    EventWriter writer_;
    ScanRequest request_;
    std::string ready_;
};

Result<ScanRequest> read_request(const Query& query) {
    const auto range = query.range(true);
    if (!range) return fail(range.error());
    ScanRequest request{*range, {}, {}};
    const auto as_of = query.number("as_of", 0, std::numeric_limits<std::uint64_t>::max());
    if (!as_of) return fail(as_of.error());
    request.as_of = *as_of;
    request.lines_only = true;
    if (const auto text = query.text("cursor")) {
        auto cursor = parse_cursor(std::string(*text));
        if (!cursor)
            return fail(ErrorCode::invalid, "query-invalid", cursor.error().message,
                        "pass the Weir-Next-Cursor of the page before");
        request.after = *cursor;
    }
    return request;
}

Result<EventWriter> writer_of(const Query& query, Form form) {
    const auto columns = query.texts("column");
    if (form != Form::csv && !columns.empty())
        return fail(ErrorCode::invalid, "query-invalid", "column goes with a CSV alone",
                    "add format=csv, or leave it away");
    return EventWriter(form, {columns.begin(), columns.end()});
}

Result<http::Response> events(Backend& backend, const Call& call) {
    const auto form = wanted_form(call, event_forms);
    if (!form) return fail(form.error());
    auto writer = writer_of(call.query(), *form);
    if (!writer) return fail(std::move(writer).error());
    const auto request = read_request(call.query());
    if (!request) return fail(request.error());
    const auto limit = call.query().number("limit", 1, max_page_events);
    if (!limit) return fail(limit.error());
    const bool paged = limit->has_value();
    auto page = read_page(backend.store, *writer, *request, limit->value_or(all_events),
                          paged ? max_page_bytes : piece_bytes);
    if (!page) return fail(std::move(page).error());
    writer->finish(page->text);

    http::Response response = answer(200, media_type_of(*form), {});
    response.headers.add("Weir-As-Of", std::to_string(page->end.as_of));
    if (paged) {
        if (page->end.next) response.headers.add("Weir-Next-Cursor", format_cursor(*page->end.next));
        response.body = std::move(page->text);
        return response;
    }
    auto stream = std::make_shared<RawStream>(backend.store, std::move(*writer), *request, std::move(*page));
    response.stream = [stream] { return stream->next(); };
    return response;
}

}  // namespace

void add_raw_routes(Router& router, Backend& backend) {
    router.add({"GET",
                "/v1/events",
                {"from", "to", "as_of", "cursor", "limit", "format", "column*"},
                Where::worker,
                [&backend](const Call& call) { return events(backend, call); }});
}

}  // namespace weir
