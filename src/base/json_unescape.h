#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace weir {

// The text of a JSON string, from what stands between its quotes (RFC 8259), which is UTF-8 without controls
// and without bare quotes: whoever found the quotes has seen to that. Writes to `to`, which has room for
// escaped.size() + unescape_room bytes, and returns how many count. Nothing when an escape is malformed or
// half a surrogate pair stands alone.
std::optional<std::size_t> unescape_json(std::string_view escaped, char* to);
constexpr std::size_t unescape_room = 64;

// How far an unescaping went: bytes that were read, and bytes that were written for them.
struct UnescapeProgress {
    std::size_t read = 0;
    std::size_t written = 0;
};

// Copies, with escapes of two bytes as what they stand for, until the text ends or an escape comes that is
// \u, malformed, or one that this way does not know. May write unescape_room bytes beyond what counts.
using UnescapeRun = UnescapeProgress (*)(std::string_view escaped, char* to);

// The ways that this machine can go: a byte at a time first, the fastest one last.
std::span<const UnescapeRun> unescape_runs();

// With one of them.
std::optional<std::size_t> unescape_json(std::string_view escaped, char* to, UnescapeRun run);

}  // namespace weir
