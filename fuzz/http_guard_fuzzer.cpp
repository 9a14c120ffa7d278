// Raw bytes through the server's way of reading a head: scanner, Beast, guard, target. What is accepted is
// compared with a slow twin that reads the same bytes by itself, line by line, and knows only the rules of
// RFC 9112. The rest of the input is read as chunks, once whole and once byte by byte.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/chunked_decoder.h"
#include "http/framing_guard.h"
#include "http/head_parser.h"
#include "http/head_scanner.h"

namespace {

using weir::http::ChunkedDecoder;
using weir::http::Framing;
using weir::http::HeadScanner;
using weir::http::ParsedHead;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return result;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// The lines of an accepted head, read naively: split at CRLF, name before the first colon, value trimmed.
struct Twin {
    std::string first_line;
    std::vector<std::pair<std::string, std::string>> fields;

    explicit Twin(std::string_view head) {
        while (!head.empty()) {
            const std::size_t end = head.find("\r\n");
            require(end != std::string_view::npos, "a head ends in CRLF");
            const std::string_view line = head.substr(0, end);
            head.remove_prefix(end + 2);
            require(line.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos,
                    "no CR, LF or NUL in a line");
            if (line.empty()) break;
            if (first_line.empty()) {
                first_line = line;
                continue;
            }
            require(line.front() != ' ' && line.front() != '\t', "no folded line");
            const std::size_t colon = line.find(':');
            require(colon != std::string_view::npos && colon > 0, "a field has a name");
            require(line[colon - 1] != ' ' && line[colon - 1] != '\t', "no space before the colon");
            fields.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
        }
        require(head.empty(), "a head ends with its first blank line");
    }

    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> values;
        for (const auto& [field, value] : fields)
            if (field == name) values.push_back(value);
        return values;
    }
};

void check_accepted(const Twin& twin, const ParsedHead& head, const Framing& framing) {
    const auto codings = twin.all("transfer-encoding"), lengths = twin.all("content-length"),
               hosts = twin.all("host");
    const bool is_1_1 = twin.first_line.ends_with(" HTTP/1.1");
    require(is_1_1 || twin.first_line.ends_with(" HTTP/1.0"), "the version is 1.0 or 1.1");
    require(head.version == (is_1_1 ? 11 : 10), "the version is the one of the line");
    require(codings.empty() || lengths.empty(), "never both framings");
    require(codings.size() <= 1 && lengths.size() <= 1, "never a framing twice");
    require(is_1_1 ? hosts.size() == 1 : hosts.size() <= 1, "one Host");
    for (const auto& host : hosts)
        require(!host.empty() && host.find_first_of(" ,@/\t") == std::string::npos, "a plain Host");
    require(head.headers.fields().size() == twin.fields.size(), "every field is seen once");

    Framing expected;
    if (!codings.empty()) {
        require(lower(codings[0]) == "chunked" && is_1_1, "only chunked, only on HTTP/1.1");
        expected = {Framing::Kind::chunked, 0};
    } else if (!lengths.empty()) {
        require(!lengths[0].empty() && lengths[0].size() < 19 &&
                    lengths[0].find_first_not_of("0123456789") == std::string::npos,
                "a length is a number");
        const std::uint64_t length = std::stoull(lengths[0]);
        if (length > 0) expected = {Framing::Kind::length, length};
    }
    require(framing == expected, "the framing is the twin's");
}

// The rules in their own words, the other way round: an unremarkable request must not be refused for its
// framing.
bool plain_framing(const Twin& twin) {
    const auto codings = twin.all("transfer-encoding"), lengths = twin.all("content-length"),
               hosts = twin.all("host");
    const bool host = hosts.size() == 1 && hosts[0] == "x";
    const bool coding = codings.empty() || (codings.size() == 1 && codings[0] == "chunked");
    const bool length = lengths.empty() || (lengths.size() == 1 && lengths[0] == "3");
    return host && coding && length && (codings.empty() || lengths.empty()) && twin.all("expect").empty() &&
           twin.fields.size() <= weir::http::max_fields && twin.first_line.ends_with(" HTTP/1.1");
}

struct Decoded {
    ChunkedDecoder::State state = ChunkedDecoder::State::more;
    std::string body;
    std::size_t consumed = 0;
    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
    ChunkedDecoder decoder{64};
    Decoded result;
    while (result.state == ChunkedDecoder::State::more && result.consumed < bytes.size()) {
        const auto step = decoder.next(bytes.substr(result.consumed, piece));
        require(step.consumed > 0 || step.state != ChunkedDecoder::State::more, "the decoder moves on");
        result.state = step.state;
        result.body += step.data;
        result.consumed += step.consumed;
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    HeadScanner whole, by_byte;
    const auto state = whole.scan(bytes);
    auto slow = HeadScanner::State::incomplete;
    for (std::size_t i = 1; i <= size && slow == HeadScanner::State::incomplete; ++i)
        slow = by_byte.scan(bytes.substr(0, i));
    require(state == slow, "the scanner does not depend on the pieces");
    if (state != HeadScanner::State::complete) return 0;
    require(whole.size() == by_byte.size() && whole.size() <= size, "the head ends at one place");

    const std::string_view head_bytes = bytes.substr(0, whole.size());
    require(head_bytes.find("\r\n\r\n") + 4 == whole.size(), "the head ends at the first blank line");
    const auto head = weir::http::parse_request_head(head_bytes);
    if (head) {
        const Twin twin{head_bytes};
        const auto framing = weir::http::guard_request(*head);
        if (framing)
            check_accepted(twin, *head, *framing);
        else
            require(!plain_framing(twin), "a plain request is accepted");
        if (const auto target = weir::http::read_target(*head)) {
            require(target->path.starts_with('/'), "a path begins with a slash");
            const auto control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
            require(std::none_of(target->path.begin(), target->path.end(), control), "no control in a path");
        }
    }
    if (const auto answer = weir::http::parse_answer_head(head_bytes))
        (void)weir::http::guard_answer(*answer, "GET");
    const std::string_view rest = bytes.substr(whole.size());
    require(decode(rest, rest.size() + 1) == decode(rest, 1), "chunks do not depend on the pieces");
    return 0;
}
