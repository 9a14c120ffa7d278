#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::cli {

// Which characters a terminal is given.
enum class CharacterSet { utf8, ascii };

// `text`, which anyone may have chosen, so that it can neither steer a terminal nor shift what stands beside
// it: controls and bytes that are no UTF-8 become \xNN; what is invisible, turns the direction of writing or
// is unknown to this system (U+202E, U+200B, unassigned), and a third mark on one letter, become \u{NNNN}.
// With CharacterSet::ascii so does everything that is not ASCII.
std::string harmless(std::string_view text, CharacterSet set);

// The columns that harmless text takes: two for wide characters (East Asian ones, emoji), none for marks that
// stand on the letter before.
std::size_t cells(std::string_view harmless_text);

// Harmless text cut to `width` columns, with "…" (or "~") as its end when something was cut.
std::string cut_to_cells(std::string_view harmless_text, std::size_t width, CharacterSet set);

// From LC_ALL, LC_CTYPE and LANG, as the C library does (POSIX, 8.2).
CharacterSet character_set_of_environment();

}  // namespace weir::cli
