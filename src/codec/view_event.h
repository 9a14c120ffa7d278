#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "window/view_spec.h"

namespace weir {

// What a view counts an event under: the text of its group-by field, or those of several as of
// event/group_by.h.
// A missing or null field and an empty text are (blank); a number is written in its shortest form, so that
// 1.50 and 1.5 are one key; a boolean is true or false.
class ViewEventReader {
  public:
    explicit ViewEventReader(std::span<const ViewSpec> views);

    // An event as one view sees it.
    struct Seen {
        // False when a group-by field is an array, an object or a number that is no Decimal, when the key is
        // over max_key_bytes, or when the measured field is neither a number that is a Decimal nor a text of
        // one (as all values of CSV are).
        bool usable = false;
        std::string key;
        Decimal value;  // zero for count
    };
    // One for each view, in their order; valid until the next call. `line` is a stored event: a JSON object
    // without a doubled name. Not thread-safe.
    const std::vector<Seen>& read(std::string_view line);

  private:
    enum class Kind { missing, text, number, word, nested };
    struct Field {
        std::string name;
        Kind kind = Kind::missing;
        std::string text;
    };
    struct View {
        std::vector<std::size_t> group_by;  // numbers of fields
        std::optional<std::size_t> measured;
    };
    std::size_t number_of(const std::string& name);
    void read_fields(std::string_view line);
    static void take(Field& field, std::string_view value);
    static std::optional<std::string> key_text(const Field& field);
    void see(const View& view, Seen& seen) const;

    std::vector<Field> fields_;
    std::vector<View> views_;
    std::vector<Seen> seen_;
};

}  // namespace weir
