#include "codec/event_export.h"

#include <optional>
#include <unordered_map>
#include <utility>

#include <simdjson.h>

#include "base/text.h"
#include "codec/csv_reader.h"

namespace weir {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool take_digits(std::string_view& text) {
    const std::size_t before = text.size();
    while (!text.empty() && is_digit(text.front()))
        text.remove_prefix(1);
    return text.size() < before;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
    if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

// [+-] digits [. digits] [e [+-] digits]
bool is_plain_number(std::string_view cell) {
    take_one_of(cell, "+-");
    if (!take_digits(cell)) return false;
    if (take_one_of(cell, ".") && !take_digits(cell)) return false;
    if (take_one_of(cell, "eE")) {
        take_one_of(cell, "+-");
        if (!take_digits(cell)) return false;
    }
    return cell.empty();
}

// Whether the cell is apostrophes, or none, followed by a character that begins a formula.
bool looks_like_formula(std::string_view cell) {
    const std::size_t first = cell.find_first_not_of('\'');
    return first != std::string_view::npos &&
           std::string_view("=+-@\t\r\n").find(cell[first]) != std::string_view::npos;
}

std::string_view trimmed(std::string_view json) {
    const std::size_t last = json.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::string_view{} : json.substr(0, last + 1);
}

void append_guarded_cell(std::string& out, std::string_view cell) {
    if (!looks_like_formula(cell) || is_plain_number(cell)) return append_csv_cell(out, cell);
    std::string guarded = "'";
    guarded += cell;
    append_csv_cell(out, guarded);
}

using simdjson::ondemand::json_type;

// The text of a value's cell.
simdjson::error_code read_cell(simdjson::ondemand::value value, std::string& cell) {
    json_type type{};
    if (const auto error = value.type().get(type)) return error;
    std::string_view text;
    simdjson::error_code error = simdjson::SUCCESS;
    switch (type) {
        case json_type::string:
            error = value.get_string().get(text);
            break;
        case json_type::object: {
            simdjson::ondemand::object object;
            error = value.get_object().get(object);
            if (error == simdjson::SUCCESS) error = object.raw_json().get(text);
            break;
        }
        case json_type::array: {
            simdjson::ondemand::array array;
            error = value.get_array().get(array);
            if (error == simdjson::SUCCESS) error = array.raw_json().get(text);
            break;
        }
        default:
            text = trimmed(value.raw_json_token());
    }
    cell.assign(text);
    return error;
}

}  // namespace

struct CsvEventWriter::Impl {
    using Fields = std::vector<std::pair<std::string, std::string>>;

    simdjson::ondemand::parser parser;
    std::string padded;
    Fields fields;                                       // of the present event; strings are reused
    std::size_t used = 0;                                // of them
    std::vector<std::string> columns;                    // after event_id and ts
    std::unordered_map<std::string, std::size_t> index;  // of all columns
    std::vector<const std::string*> cells;               // by column
    bool have_columns = false, have_header = false;
    std::uint64_t left_out = 0;
    std::map<std::string, std::uint64_t> names_left_out;

    void set_columns(std::vector<std::string> names) {
        index = {{"event_id", 0}, {"ts", 1}};
        for (std::string& name : names)
            if (index.emplace(name, columns.size() + 2).second) columns.push_back(std::move(name));
        have_columns = true;
    }

    simdjson::error_code read(std::string_view line) {
        padded.assign(line);
        padded.reserve(line.size() + simdjson::SIMDJSON_PADDING);
        simdjson::ondemand::document document;
        if (const auto error = parser.iterate(padded.data(), line.size(), padded.capacity()).get(document))
            return error;
        simdjson::ondemand::object object;
        if (const auto error = document.get_object().get(object)) return error;
        used = 0;
        for (auto entry : object) {
            simdjson::ondemand::field field;
            if (const auto error = std::move(entry).get(field)) return error;
            if (used == fields.size()) fields.emplace_back();
            auto& [name, cell] = fields[used];
            std::string_view unescaped;
            if (const auto error = field.unescaped_key().get(unescaped)) return error;
            name.assign(unescaped);
            if (const auto error = read_cell(field.value(), cell)) return error;
            ++used;
        }
        const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
        return at_end ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
    }

    void take_columns() {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < used; ++i)
            if (fields[i].first != "event_id" && fields[i].first != "ts") names.push_back(fields[i].first);
        set_columns(std::move(names));
    }

    void leave_out(const std::string& name) {
        ++left_out;
        if (const auto found = names_left_out.find(name); found != names_left_out.end())
            ++found->second;
        else if (names_left_out.size() < max_names_left_out)
            names_left_out.emplace(name, 1);
    }

    void write_header(std::string& out) {
        out += "event_id,ts";
        for (const std::string& column : columns)
            append_guarded_cell(out += ',', column);
        out += '\n';
        have_header = true;
    }

    void write_record(std::string& out) {
        cells.assign(columns.size() + 2, nullptr);
        for (std::size_t i = 0; i < used; ++i) {
            if (const auto found = index.find(fields[i].first); found != index.end())
                cells[found->second] = &fields[i].second;
            else
                leave_out(fields[i].first);
        }
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) out += ',';
            if (cells[i] != nullptr) append_guarded_cell(out, *cells[i]);
        }
        out += '\n';
    }
};

CsvEventWriter::CsvEventWriter(std::vector<std::string> columns) : impl_(std::make_unique<Impl>()) {
    if (!columns.empty()) impl_->set_columns(std::move(columns));
}
CsvEventWriter::~CsvEventWriter() = default;
CsvEventWriter::CsvEventWriter(CsvEventWriter&&) noexcept = default;
CsvEventWriter& CsvEventWriter::operator=(CsvEventWriter&&) noexcept = default;

Result<void> CsvEventWriter::append(std::string_view line, std::string& out) {
    if (const auto error = impl_->read(line))
        return fail(ErrorCode::storage, "line-unreadable",
                    std::string("a stored event is no JSON object (") + simdjson::error_message(error) +
                        "): " + printable(line.substr(0, 200)),
                    "the store is damaged: run `weir audit`");
    if (!impl_->have_columns) impl_->take_columns();
    if (!impl_->have_header) impl_->write_header(out);
    impl_->write_record(out);
    return {};
}

void CsvEventWriter::finish(std::string& out) {
    if (!impl_->have_header) impl_->write_header(out);
}

std::uint64_t CsvEventWriter::values_left_out() const {
    return impl_->left_out;
}
const std::map<std::string, std::uint64_t>& CsvEventWriter::fields_left_out() const {
    return impl_->names_left_out;
}

void append_guarded_csv_cell(std::string& out, std::string_view cell) {
    append_guarded_cell(out, cell);
}

std::string_view unguarded_csv_cell(std::string_view cell) {
    if (!cell.empty() && cell.front() == '\'' && looks_like_formula(cell)) cell.remove_prefix(1);
    return cell;
}

}  // namespace weir
