#include "codec/message_envelope.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/json_string.h"
#include "base/text.h"
#include "codec/text_excerpt.h"
#include "event/event.h"

namespace weir {
namespace {

constexpr int envelope_version = 1;
constexpr std::string_view white_space = " \t\r\n";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Whether a text form carries these bytes as they are.
bool fits_text(std::string_view body) {
    const auto unfit = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
    };
    return std::none_of(body.begin(), body.end(), unfit) &&
           body.find("\xEF\xBF\xBE") == std::string_view::npos &&
           body.find("\xEF\xBF\xBF") == std::string_view::npos && is_utf8(body);
}

std::string envelope_line(const MessageEnvelope& envelope, std::string_view encoding) {
    std::string line = fmt::format(R"({{"weir":{},"batch_id":{},"content_type":{})", envelope_version,
                                   json_string(envelope.batch_id), json_string(envelope.content_type));
    if (!encoding.empty()) line += R"(,"content_encoding":)" + json_string(encoding);
    if (envelope.sent) line += fmt::format(R"(,"sent":"{}")", format_rfc3339(*envelope.sent));
    return line + "}\n";
}

std::string_view skip(std::string_view text, std::string_view characters) {
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    return text;
}

// An envelope's first member is "weir".
bool begins_as_envelope(std::string_view text) {
    if (!text.starts_with('{')) return false;
    text = skip(text.substr(1), white_space);
    constexpr std::string_view name = "\"weir\"";
    return text.starts_with(name) && skip(text.substr(name.size()), white_space).starts_with(':');
}

tl::unexpected<Error> envelope_invalid(std::string_view line, std::string problem) {
    return fail(
        ErrorCode::invalid, "envelope-invalid",
        fmt::format("the message's first line begins as an envelope and is none: {}: {}", problem,
                    excerpt(line)),
        R"(write {"weir":1,"batch_id":"…","content_type":"application/x-ndjson"} on a line of its own, or )"
        R"(give the events another first field than "weir")");
}

Result<std::string> text_member(const nlohmann::json& json, const char* name, std::string_view line) {
    const auto member = json.find(name);
    if (member == json.end()) return std::string{};
    if (!member->is_string()) return envelope_invalid(line, fmt::format("{} is no string", name));
    return member->get<std::string>();
}

Result<std::optional<Timestamp>> time_member(const nlohmann::json& json, const char* name,
                                             std::string_view line) {
    const auto member = json.find(name);
    if (member == json.end()) return std::nullopt;
    const auto time = member->is_string() ? parse_rfc3339(member->get_ref<const std::string&>())
                                          : fail(ErrorCode::invalid, "no-string", "");
    if (!time) return envelope_invalid(line, fmt::format("{} is no RFC 3339 time", name));
    return *time;
}

Result<MessageEnvelope> read_envelope(std::string_view line) {
    if (line.size() > max_envelope_bytes)
        return envelope_invalid(line.substr(0, max_envelope_bytes),
                                fmt::format("it has more than {} bytes", max_envelope_bytes));
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return envelope_invalid(line, "it is no JSON object");
    const auto version = json.find("weir");
    if (version == json.end() || !version->is_number_integer())
        return envelope_invalid(line, "weir is no version number");
    if (*version != envelope_version)
        return fail(ErrorCode::unsupported, "envelope-version",
                    fmt::format("the message has an envelope of version {}; only {} is known",
                                version->dump(), envelope_version),
                    "deploy a newer weir, or send with an older one");
    auto id = text_member(json, "batch_id", line);
    auto type = text_member(json, "content_type", line);
    auto encoding = text_member(json, "content_encoding", line);
    for (const auto* member : {&id, &type, &encoding})
        if (!*member) return fail(member->error());
    const auto sent = time_member(json, "sent", line);
    if (!sent) return fail(sent.error());
    if (!is_valid_id(*id))
        return envelope_invalid(line, "batch_id must be 1 to 128 printable ASCII characters without space");
    return MessageEnvelope{*std::move(id), *std::move(type), *std::move(encoding), *sent};
}

Result<MediaType> media_type(const std::string& content_type) {
    if (content_type == "application/x-ndjson") return MediaType::ndjson;
    if (content_type == "application/json") return MediaType::json;
    if (content_type == "text/csv") return MediaType::csv;
    return fail(ErrorCode::unsupported, "media-type-unsupported",
                fmt::format("the message's content_type is {}", excerpt(content_type)),
                "use application/x-ndjson, application/json or text/csv");
}

Result<std::string> decoded_body(std::string_view body, const std::string& encoding, MessageForm form,
                                 const DecompressionLimits& limits) {
    if (encoding.empty() || encoding == "identity") {
        if (body.size() > limits.max_output.count)
            return fail(ErrorCode::too_large, "decompressed-too-large",
                        fmt::format("the message has {} bytes; at most {} are taken", body.size(),
                                    limits.max_output.count),
                        "send smaller batches");
        return std::string(body);
    }
    if (encoding != "zstd" && encoding != "gzip")
        return fail(ErrorCode::unsupported, "encoding-unsupported",
                    fmt::format("the message's content_encoding is {}", excerpt(encoding)),
                    "use zstd or gzip, or leave it out");
    std::optional<std::string> bytes;
    if (form == MessageForm::text) {
        bytes = base64_decode(body);
        if (!bytes)
            return fail(ErrorCode::invalid, "base64-invalid",
                        fmt::format("the message's {} body is no base64", encoding),
                        "encode it as RFC 4648, section 4, says, on one line and with its padding");
        body = *bytes;
    }
    return encoding == "zstd" ? zstd_decompress(body, limits) : gzip_decompress(body, limits);
}

// Whether the text is one object that goes over several lines: a JSON document. Everything else that begins
// with an object is NDJSON, in which a bad line harms no other.
bool is_one_object_over_lines(std::string_view text) {
    text = text.substr(0, text.find_last_not_of(white_space) + 1);
    std::size_t depth = 0;
    bool over_lines = false, in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\n') {
            if (in_string) return false;  // no JSON string holds a line break
            over_lines = true;
        } else if (in_string) {
            if (c == '\\') ++at;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0)) {
            return over_lines && at + 1 == text.size();
        }
    }
    return false;
}

Result<Message> read_bare(std::string_view message, const DecompressionLimits& limits) {
    std::string_view text = message;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    text = skip(text, white_space);
    if (text.empty())
        return fail(ErrorCode::invalid, "message-empty", "the message is empty", "send a JSON event");
    if (text.front() != '{' && text.front() != '[')
        return fail(ErrorCode::invalid, "message-not-json",
                    fmt::format("the message is neither a JSON object nor an array: {}", excerpt(text)),
                    "send one JSON event, a JSON array of events, NDJSON, or a body with weir's envelope");
    auto body = decoded_body(message, "", MessageForm::binary, limits);
    if (!body) return fail(std::move(body).error());
    const bool document = text.front() == '[' || is_one_object_over_lines(text);
    return Message{"", document ? MediaType::json : MediaType::ndjson, *std::move(body), {}};
}

}  // namespace

std::string write_message(const MessageEnvelope& envelope, std::string_view body, MessageForm form) {
    if (form == MessageForm::binary) return envelope_line(envelope, envelope.content_encoding) += body;
    if (!envelope.content_encoding.empty())
        return envelope_line(envelope, envelope.content_encoding) += base64_encode(body);
    if (fits_text(body)) return envelope_line(envelope, "") += body;
    return envelope_line(envelope, "zstd") += base64_encode(zstd_compress(body));
}

Result<Message> read_message(std::string_view message, MessageForm form, const DecompressionLimits& limits) {
    if (!begins_as_envelope(message)) return read_bare(message, limits);
    const std::size_t end = message.find('\n');
    if (end == std::string_view::npos)
        return envelope_invalid(message.substr(0, max_envelope_bytes), "nothing comes after it");
    auto envelope = read_envelope(message.substr(0, end));
    if (!envelope) return fail(std::move(envelope).error());
    auto media = media_type(envelope->content_type);
    if (!media) return fail(std::move(media).error());
    auto body = decoded_body(message.substr(end + 1), envelope->content_encoding, form, limits);
    if (!body) return fail(std::move(body).error());
    return Message{std::move(envelope->batch_id), *media, *std::move(body), envelope->sent};
}

}  // namespace weir
