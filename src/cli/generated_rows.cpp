#include "cli/generated_rows.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/json_string.h"
#include "codec/csv_reader.h"
#include "event/group_by.h"

namespace weir::cli {
namespace {

// With a dot, a space and a misspelling of the real data; the empty one is counted under "(blank)".
constexpr std::array<std::string_view, 13> keys{
    "Delaware", "Delaware", "Delaware", "Ulster",     "Ulster", "St. Lawrence", "St. Lawrence", "Otsego",
    "Sullivan", "Essex",    "Greene",   "Rensselear", ""};

class GeneratedRows final : public RowSource {
  public:
    explicit GeneratedRows(const std::string& group_by) : fields_(group_by_fields(group_by)) {
        header_ = "event_id,ts,";
        for (const std::string& field : fields_) {
            append_csv_cell(header_, field);
            header_ += ',';
        }
        header_ += "reading";
    }

    Result<const Row*> next() override {
        const std::string_view key = keys[number_ % keys.size()];
        row_.json.clear();
        row_.csv.clear();
        for (const std::string& field : fields_) {
            row_.json += fmt::format("{}:{},", json_string(field), json_string(key));
            append_csv_cell(row_.csv, key);
            row_.csv += ',';
        }
        row_.json += fmt::format("\"reading\":{}", number_);
        row_.csv += std::to_string(number_);
        ++number_;
        return &row_;
    }
    [[nodiscard]] const std::string& csv_header() const override { return header_; }
    std::vector<DeadLetter> take_rejected() override { return {}; }

  private:
    const std::vector<std::string> fields_;
    std::string header_;
    std::uint64_t number_ = 0;
    Row row_;
};

}  // namespace

std::unique_ptr<RowSource> make_generated_rows(const std::string& group_by) {
    return std::make_unique<GeneratedRows>(group_by);
}

}  // namespace weir::cli
