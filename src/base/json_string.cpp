#include "base/json_string.h"

#include <cstring>

#include "base/json_escape.h"
#include "base/utf8.h"

namespace weir {
namespace {

constexpr std::size_t longest_escape = 6;  // "\u001f"

bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

char short_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

// Writes at the end of a string that is kept larger than what is written.
class Escaper {
  public:
    Escaper(std::string& out, std::size_t expected) : out_(out), used_(out.size()) {
        out_.resize(used_ + expected + expected / 4 + room);
    }
    ~Escaper() { out_.resize(used_); }
    Escaper(const Escaper&) = delete;
    Escaper& operator=(const Escaper&) = delete;

    void text(std::string_view text) {
        static const EscapeRun run = escape_runs().back();
        while (!text.empty()) {
            make_room();
            const EscapeProgress done = run(text, {out_.data() + used_, out_.size() - used_ - kept_free});
            text.remove_prefix(done.read);
            used_ += done.written;
            if (!text.empty()) text.remove_prefix(character(text));
        }
    }

    void byte(char c) { out_[used_++] = c; }
    [[nodiscard]] bool was_utf8() const { return was_utf8_; }

  private:
    static constexpr std::size_t kept_free = longest_escape + 2;  // and both quotes
    static constexpr std::size_t room = escape_room + kept_free;

    void make_room() {
        if (out_.size() - used_ < room) out_.resize(out_.size() + out_.size() / 2 + room);
    }

    // The text's first character; how many bytes it has there.
    std::size_t character(std::string_view text) {
        const auto c = static_cast<unsigned char>(text.front());
        if (is_plain(c)) {
            byte(text.front());
        } else if (const char escaped = short_escape(text.front()); escaped != 0) {
            byte('\\');
            byte(escaped);
        } else if (c < 0x20) {
            constexpr std::string_view digits = "0123456789abcdef";
            put("\\u00");
            byte(digits[c >> 4U]);
            byte(digits[c & 15U]);
        } else if (const std::size_t length = utf8_sequence_length(text, 0); length > 0) {
            put(text.substr(0, length));
            return length;
        } else {
            put("\xEF\xBF\xBD");
            was_utf8_ = false;
        }
        return 1;
    }

    void put(std::string_view bytes) {
        std::memcpy(out_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }

    std::string& out_;
    std::size_t used_;
    bool was_utf8_ = true;
};

}  // namespace

bool append_json_utf8(std::string& out, std::string_view text) {
    Escaper escaper(out, text.size());
    escaper.byte('"');
    escaper.text(text);
    escaper.byte('"');
    return escaper.was_utf8();
}

void append_json_string(std::string& out, std::string_view text) {
    static_cast<void>(append_json_utf8(out, text));
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace weir
