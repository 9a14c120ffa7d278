#include "server/ingest_head.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "event/event.h"
#include "server/query.h"

namespace weir {
namespace {

using Refused = tl::unexpected<Problem>;

Refused refuse(unsigned status, std::string type, std::string detail, std::string hint) {
    Problem problem;
    problem.status = status;
    problem.type = std::move(type);
    problem.detail = std::move(detail);
    problem.hint = std::move(hint);
    return Refused(std::move(problem));
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<MediaType> media_named(std::string_view name) {
    if (name == "application/x-ndjson") return MediaType::ndjson;
    if (name == "application/json") return MediaType::json;
    if (name == "text/csv") return MediaType::csv;
    if (name == "application/cloudevents+json") return MediaType::cloudevent;
    if (name == "application/cloudevents-batch+json") return MediaType::cloudevents;
    return std::nullopt;
}

// RFC 9110, section 8.3.1: a type and its parameters, of which charset=utf-8 alone says nothing new.
std::optional<MediaType> read_media_type(std::string_view value) {
    const std::string text = lower(value);
    const std::size_t semicolon = text.find(';');
    if (semicolon != std::string::npos) {
        const std::string_view parameter = trim(std::string_view(text).substr(semicolon + 1));
        if (parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"") return std::nullopt;
    }
    return media_named(trim(std::string_view(text).substr(0, semicolon)));
}

std::optional<Encoding> read_encoding(std::string_view value) {
    const std::string name = lower(trim(value));
    if (name == "zstd") return Encoding::zstd;
    if (name == "gzip") return Encoding::gzip;
    if (name == "identity") return Encoding::identity;
    return std::nullopt;
}

std::optional<Problem> read_content_type(const http::Headers& headers, IngestHead& out) {
    const auto type = headers.get("Content-Type");
    const auto media = type && headers.count("Content-Type") == 1 ? read_media_type(*type) : std::nullopt;
    if (!media)
        return refuse(415, "unsupported-media-type",
                      type ? fmt::format("the Content-Type {} is not taken", json_string(*type))
                           : "the request has no Content-Type",
                      fmt::format("send one of {}", accepted_media_types))
            .value();
    out.media = *media;
    return std::nullopt;
}

// CloudEvents, HTTP binding, section 3.1: an event whose attributes are headers and whose data is the body.
std::optional<Problem> read_binary_cloudevent(const http::Headers& headers, IngestHead& out) {
    constexpr std::string_view prefix = "ce-";
    const auto refused = [](std::string detail) {
        return refuse(400, "invalid-request", std::move(detail),
                      "each attribute of a CloudEvent is one header, percent-encoded UTF-8")
            .value();
    };
    out.cloudevent.emplace();
    for (const auto& [field, value] : headers.fields()) {
        const std::string name = lower(field);
        if (!name.starts_with(prefix)) continue;
        auto decoded = http::percent_decode(value, false);
        if (!decoded || !is_utf8(*decoded))
            return refused(fmt::format("the header {} cannot be decoded", json_string(name)));
        if (!out.cloudevent->emplace(name.substr(prefix.size()), *std::move(decoded)).second)
            return refused(fmt::format("the header {} stands twice", json_string(name)));
    }
    if (headers.count("Content-Type") > 1) return refused("the header Content-Type stands twice");
    out.content_type = headers.get("Content-Type").value_or("");
    out.media = MediaType::cloudevent;
    return std::nullopt;
}

}  // namespace

std::optional<Problem> read_batch_headers(const http::Headers& headers, IngestHead& out) {
    if (const auto id = headers.get("Idempotency-Key")) {
        if (headers.count("Idempotency-Key") != 1 || !is_valid_id(*id))
            return refuse(400, "invalid-request",
                          "the Idempotency-Key is not one value of 1 to 128 printable ASCII characters "
                          "without space",
                          "it is the id of the batch; leave it away to have one made from the content")
                .value();
        out.batch_id = *id;
    }
    if (const auto coding = headers.get("Content-Encoding")) {
        const auto encoding = headers.count("Content-Encoding") == 1 ? read_encoding(*coding) : std::nullopt;
        if (!encoding)
            return refuse(415, "unsupported-encoding",
                          fmt::format("the Content-Encoding {} is not taken", json_string(*coding)),
                          fmt::format("send one of {}", accepted_encodings))
                .value();
        out.encoding = *encoding;
    }
    return std::nullopt;
}

tl::expected<IngestHead, Problem> read_ingest_head(const http::RequestHead& head) {
    IngestHead out;
    if (const auto policy = Query(head.query).text("on_error")) {
        if (*policy != "skip" && *policy != "reject")
            return refuse(400, "invalid-request", fmt::format("on_error is {}", json_string(*policy)),
                          "it may be skip (the default) or reject");
        out.reject_on_error = *policy == "reject";
    }
    // A structured event may repeat its attributes as headers.
    const std::string type = lower(head.headers.get("Content-Type").value_or(""));
    const bool binary =
        head.headers.count("ce-specversion") > 0 && !type.starts_with("application/cloudevents");
    if (auto problem =
            binary ? read_binary_cloudevent(head.headers, out) : read_content_type(head.headers, out))
        return Refused(std::move(*problem));
    if (auto problem = read_batch_headers(head.headers, out)) return Refused(std::move(*problem));
    return out;
}

}  // namespace weir
