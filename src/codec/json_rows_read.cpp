#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "codec/json_rows.h"

namespace weir {
namespace {

using Json = nlohmann::json;

Error bad_answer(std::string_view record, std::string_view problem) {
    return {ErrorCode::invalid, "answer-invalid",
            fmt::format("the answer is no {} as weir writes it: {}", record, problem),
            "check that the address is that of a weir server of the same version"};
}

// Reads the members of one JSON object and remembers the first that is not as it must be.
class Members {
  public:
    Members(const Json& object, std::string_view record) : object_(object), record_(record) {
        if (!object.is_object()) problem("it is no JSON object");
    }

    std::uint64_t number(const char* name) {
        const Json* value = find(name);
        if (value == nullptr || !value->is_number_unsigned()) return wrong(name, "a whole number"), 0;
        return value->get<std::uint64_t>();
    }

    std::string text(const char* name) {
        const Json* value = find(name);
        if (value == nullptr || !value->is_string()) return wrong(name, "a string"), std::string();
        return value->get_ref<const std::string&>();
    }

    std::optional<std::string> optional_text(const char* name) {
        const Json* value = find(name);
        if (value != nullptr && value->is_null()) return std::nullopt;
        return text(name);
    }

    bool boolean(const char* name) {
        const Json* value = find(name);
        if (value == nullptr || !value->is_boolean()) return wrong(name, "true or false"), false;
        return value->get<bool>();
    }

    Timestamp time(const char* name) {
        const Json* value = find(name);
        if (value != nullptr && value->is_string())
            if (const auto t = parse_rfc3339(value->get_ref<const std::string&>())) return *t;
        wrong(name, "an RFC 3339 time");
        return {};
    }

    const Json& array(const char* name) {
        static const Json empty = Json::array();
        const Json* value = find(name);
        if (value == nullptr || !value->is_array()) return wrong(name, "an array"), empty;
        return *value;
    }

    KeyCounts counts(const char* name) {
        KeyCounts counts;
        const Json* value = find(name);
        if (value == nullptr || !value->is_object()) return wrong(name, "an object"), counts;
        for (const auto& [key, count] : value->items()) {
            if (!count.is_number_unsigned() || count.get<std::uint64_t>() == 0)
                return wrong(name, "an object of positive whole numbers"), counts;
            counts.emplace_hint(counts.end(), key, count.get<std::uint64_t>());
        }
        return counts;
    }

    RejectReason reason(const char* name) {
        const auto reason = reject_reason_from(text(name));
        if (!reason) wrong(name, "a reason for rejecting a line");
        return reason.value_or(RejectReason::json_invalid);
    }

    bool is_null(const char* name) {
        const Json* value = find(name);
        return value != nullptr && value->is_null();
    }

    void wrong(std::string_view name, std::string_view expected) {
        problem(fmt::format("'{}' should be {}", name, expected));
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    const Json* find(const char* name) const {
        const auto it = object_.find(name);  // end() for what is no object
        return it == object_.end() ? nullptr : &*it;
    }
    void problem(std::string_view text) {
        if (!error_) error_ = bad_answer(record_, text);
    }

    const Json& object_;
    std::string_view record_;
    std::optional<Error> error_;
};

// What `read` makes of the JSON in `text`; nothing that a library throws comes out.
template <typename Record>
Result<Record> read_record(std::string_view text, std::string_view name,
                           Result<Record> (*read)(const Json&)) {
    try {
        const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
        if (json.is_discarded()) return fail(bad_answer(name, "it is not JSON"));
        return read(json);
    } catch (const std::exception&) {
        return fail(bad_answer(name, "it cannot be read"));
    }
}

Result<AggregateRow> read_row(const Json& json) {
    Members members(json, "aggregate row");
    AggregateRow row;
    row.view = members.text("view");
    row.window_start = members.time("window_start");
    row.window_end = members.time("window_end");
    if (members.time("updated") != row.window_end) members.wrong("updated", "equal to 'window_end'");
    row.total = members.number("total");
    row.counts = members.counts("counts");
    row.late = members.number("late");
    row.revision = members.number("revision");
    row.final = members.boolean("final");
    row.run_id = members.optional_text("run_id").value_or("");
    row.computed_at = members.time("computed_at");
    row.as_of = members.number("as_of");
    if (members.number("schema") != 1) members.wrong("schema", "1");
    if (members.error()) return fail(*members.error());
    return row;
}

Result<RowPage> read_rows(const Json& json) {
    Members members(json, "page of rows");
    RowPage page;
    for (const Json& element : members.array("rows")) {
        auto row = read_row(element);
        if (!row) return fail(std::move(row).error());
        page.rows.push_back(*std::move(row));
    }
    if (!members.is_null("next")) page.next = members.time("next");
    if (members.error()) return fail(*members.error());
    return page;
}

Result<Verdict> read_verdict(const Json& json) {
    Members members(json, "verdict");
    Verdict verdict;
    verdict.batch_id = members.text("batch_id");
    verdict.received = members.number("received");
    verdict.stored = members.number("stored");
    verdict.duplicates = members.number("duplicates");
    verdict.rejected = members.number("rejected");
    verdict.late = members.number("late");
    for (const Json& element : members.array("errors")) {
        Members error(element, "line of a verdict");
        verdict.errors.push_back({error.number("line"), error.reason("code"), error.text("message")});
        if (error.error()) return fail(*error.error());
    }
    if (members.error()) return fail(*members.error());
    return verdict;
}

Result<Ledger> read_ledger(const Json& json) {
    Members members(json, "ledger");
    Ledger ledger;
    ledger.received = members.number("received");
    ledger.stored = members.number("stored");
    ledger.duplicates = members.number("duplicates");
    ledger.rejected = members.number("rejected");
    ledger.late = members.number("late");
    ledger.batches = members.number("batches");
    ledger.replays = members.number("replays");
    if (members.error()) return fail(*members.error());
    return ledger;
}

Result<DeadLetter> read_dead_letter(const Json& json) {
    Members members(json, "dead letter");
    DeadLetter letter;
    letter.id = members.number("id");
    letter.received_at = members.time("received_at");
    letter.batch_id = members.text("batch_id");
    letter.source = members.text("source");
    letter.line = members.number("line");
    letter.reason = members.reason("code");
    letter.message = members.text("message");
    if (members.is_null("bytes")) {
        auto bytes = base64_decode(members.text("bytes_base64"));
        if (!bytes) members.wrong("bytes_base64", "base64");
        letter.bytes = std::move(bytes).value_or("");
    } else {
        letter.bytes = members.text("bytes");
    }
    if (members.error()) return fail(*members.error());
    return letter;
}

Result<DeadLetters> read_dead_letters(const Json& json) {
    Members members(json, "page of dead letters");
    DeadLetters page;
    for (const Json& element : members.array("dead_letters")) {
        auto letter = read_dead_letter(element);
        if (!letter) return fail(std::move(letter).error());
        page.letters.push_back(*std::move(letter));
    }
    if (!members.is_null("next")) page.next = members.number("next");
    if (members.error()) return fail(*members.error());
    return page;
}

}  // namespace

Result<AggregateRow> aggregate_row_from_json(std::string_view text) {
    return read_record(text, "aggregate row", &read_row);
}
Result<RowPage> rows_from_json(std::string_view text) {
    return read_record(text, "page of rows", &read_rows);
}
Result<Verdict> verdict_from_json(std::string_view text) {
    return read_record(text, "verdict", &read_verdict);
}
Result<Ledger> ledger_from_json(std::string_view text) {
    return read_record(text, "ledger", &read_ledger);
}
Result<DeadLetters> dead_letters_from_json(std::string_view text) {
    return read_record(text, "page of dead letters", &read_dead_letters);
}

}  // namespace weir
