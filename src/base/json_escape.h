#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace weir {

// How far an escaping went: bytes of the text that were read, and bytes that were written for them.
struct EscapeProgress {
    std::size_t read = 0;
    std::size_t written = 0;
};

// Copies text with a backslash before each quote and each backslash. It goes on until the text ends, or its
// next byte is a control or no ASCII, or `to` may not have room for what comes next; with escape_room bytes
// of room it always goes on.
using EscapeRun = EscapeProgress (*)(std::string_view text, std::span<char> to);
constexpr std::size_t escape_room = 64;

// The ways that this machine can go, all to the same end: a byte at a time first, the fastest one last.
std::span<const EscapeRun> escape_runs();

}  // namespace weir
