#include "dynamodb_expression.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace weir::test {
namespace {

// A recursive descent over the expression; throws Error, which `holds` catches.
class Evaluator {
  public:
    Evaluator(const aws::Condition& condition, const aws::Item& item) : condition_(condition), item_(item) {
        split();
    }

    bool run() {
        const bool result = either();
        if (at_ != tokens_.size()) refuse("trailing '" + tokens_[at_] + "'");
        for (const auto& [name, value] : condition_.names)
            if (!used_.contains(name)) refuse("unused name " + name);
        for (const auto& [name, value] : condition_.values)
            if (!used_.contains(name)) refuse("unused value " + name);
        return result;
    }

  private:
    [[noreturn]] static void refuse(const std::string& problem) {
        throw Error(validation_error("Invalid expression: " + problem).value());
    }
    void split() {
        const std::string& text = condition_.expression;
        for (std::size_t i = 0; i < text.size();) {
            const auto word = [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '#' || c == ':';
            };
            std::size_t end = i + 1;
            if (text[i] == ' ') {
                ++i;
                continue;
            }
            if (word(text[i]))
                end = static_cast<std::size_t>(
                    std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(), word) -
                    text.begin());
            else if ((text[i] == '<' || text[i] == '>') && end < text.size() &&
                     (text[end] == '=' || text[end] == '>'))
                ++end;
            tokens_.push_back(text.substr(i, end - i));
            i = end;
        }
    }
    std::string take() { return at_ < tokens_.size() ? tokens_[at_++] : std::string(); }
    bool take_if(const std::string& token) {
        if (at_ >= tokens_.size() || tokens_[at_] != token) return false;
        ++at_;
        return true;
    }
    void expect(const std::string& token) {
        if (!take_if(token)) refuse("expected " + token);
    }

    bool either() {
        bool result = both();
        while (take_if("OR")) {
            const bool other = both();
            result = result || other;
        }
        return result;
    }
    bool both() {
        bool result = one();
        while (take_if("AND")) {
            const bool other = one();
            result = result && other;
        }
        return result;
    }
    bool one() {
        if (take_if("NOT")) return !one();
        if (take_if("(")) {
            const bool result = either();
            expect(")");
            return result;
        }
        for (const bool wanted : {true, false})
            if (take_if(wanted ? "attribute_exists" : "attribute_not_exists")) {
                expect("(");
                const std::string name = name_of(take());
                expect(")");
                return item_.contains(name) == wanted;
            }
        const auto left = operand();
        const std::string comparison = take();
        const auto right = operand();
        if (!left || !right || left->index() != right->index()) return comparison == "<>";
        return compare(*left, comparison, *right);
    }
    std::string name_of(const std::string& token) {
        if (token.starts_with('#')) {
            used_.insert(token);
            for (const auto& [placeholder, name] : condition_.names)
                if (placeholder == token) return name;
            refuse("undefined name " + token);
        }
        if (token != "pk" && token != "sk") refuse("'" + token + "' may be a reserved word");
        return token;
    }

    using Value = std::variant<std::string, long long>;
    std::optional<Value> operand() {
        const std::string token = take();
        const aws::Item& from = token.starts_with(':') ? condition_.values : item_;
        const std::string name = token.starts_with(':') ? token : name_of(token);
        used_.insert(token);
        const auto found = from.find(name);
        if (found == from.end()) {
            if (token.starts_with(':')) refuse("undefined value " + token);
            return std::nullopt;
        }
        if (const auto* text = std::get_if<std::string>(&found->second.value)) return Value(*text);
        if (const auto* number = std::get_if<aws::Number>(&found->second.value))
            return Value(std::stoll(number->text));
        refuse("only texts and numbers are compared");
    }
    static bool compare(const Value& left, const std::string& comparison, const Value& right) {
        if (comparison == "=") return left == right;
        if (comparison == "<>") return left != right;
        if (comparison == "<") return left < right;
        if (comparison == "<=") return left <= right;
        if (comparison == ">") return left > right;
        if (comparison == ">=") return left >= right;
        refuse("unknown comparison '" + comparison + "'");
    }

    const aws::Condition& condition_;
    const aws::Item& item_;
    std::vector<std::string> tokens_;
    std::size_t at_ = 0;
    std::set<std::string> used_;
};

}  // namespace

Result<bool> holds(const aws::Condition& condition, const aws::Item& item) {
    if (condition.expression.empty()) return true;
    try {
        return Evaluator(condition, item).run();
    } catch (const Error& error) {
        return fail(error);
    }
}

tl::unexpected<Error> validation_error(std::string message) {
    return fail(ErrorCode::refused, "ValidationException", std::move(message));
}

}  // namespace weir::test
