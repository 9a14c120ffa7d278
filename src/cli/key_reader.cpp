#include "cli/key_reader.h"

#include <optional>

#include "base/text.h"

namespace weir::cli {
namespace {

constexpr char escape = '\x1b';
constexpr std::size_t longest_sequence = 32;

std::optional<KeyCode> key_of_final(std::string_view parameters, char final) {
    switch (final) {
        case 'A':
            return KeyCode::up;
        case 'B':
            return KeyCode::down;
        case 'H':
            return KeyCode::home;
        case 'F':
            return KeyCode::end;
        case '~':
            break;
        default:
            return std::nullopt;
    }
    const std::string_view number = parameters.substr(0, parameters.find(';'));
    if (number == "1" || number == "7") return KeyCode::home;
    if (number == "4" || number == "8") return KeyCode::end;
    if (number == "5") return KeyCode::page_up;
    if (number == "6") return KeyCode::page_down;
    return std::nullopt;
}

std::optional<KeyCode> key_of_control(char c) {
    switch (c) {
        case '\r':
        case '\n':
            return KeyCode::enter;
        case '\x7f':
        case '\b':
            return KeyCode::backspace;
        case '\x15':  // Ctrl-U
            return KeyCode::clear_line;
        default:
            return std::nullopt;
    }
}

std::size_t announced_length(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 1;
}

}  // namespace

std::vector<TypedKey> KeyReader::feed(std::string_view bytes) {
    pending_ += bytes;
    std::vector<TypedKey> keys;
    while (!pending_.empty() && take_one(keys)) {
    }
    return keys;
}

std::vector<TypedKey> KeyReader::finish() {
    std::vector<TypedKey> keys;
    if (pending_.starts_with(escape)) keys.push_back({KeyCode::escape});
    pending_.clear();
    return keys;
}

// Takes what stands first, a key or nothing to us; false when its end has not come yet.
bool KeyReader::take_one(std::vector<TypedKey>& keys) {
    const char first = pending_[0];
    if (first == escape) {
        if (pending_.size() == 1) return false;
        const char kind = pending_[1];
        if (kind != '[' && kind != 'O') {
            keys.push_back({KeyCode::escape});
            pending_.erase(0, 1);
            return true;
        }
        const std::size_t end = kind == 'O'
                                    ? (pending_.size() > 2 ? 2 : std::string::npos)
                                    : pending_.find_first_not_of("0123456789;:<=>?!\"#$%&'()*+,-./ ", 2);
        if (end == std::string::npos) {
            if (pending_.size() < longest_sequence) return false;
            pending_.clear();
            return true;
        }
        const auto code = key_of_final(std::string_view(pending_).substr(2, end - 2), pending_[end]);
        if (code) keys.push_back({*code});
        pending_.erase(0, end + 1);
        return true;
    }
    if (static_cast<unsigned char>(first) < 0x20 || first == '\x7f') {
        if (const auto code = key_of_control(first)) keys.push_back({*code});
        pending_.erase(0, 1);
        return true;
    }
    const std::size_t length = announced_length(first);
    if (pending_.size() < length) return false;
    const std::string character = pending_.substr(0, length);
    const bool known = is_utf8(character);
    if (known) keys.push_back({KeyCode::character, character});
    pending_.erase(0, known ? length : 1);
    return true;
}

}  // namespace weir::cli
