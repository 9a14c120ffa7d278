#include "fake_dynamodb.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "aws/attribute_json.h"
#include "base/text.h"
#include "dynamodb_expression.h"

namespace weir::test {
namespace {

constexpr std::size_t page_bytes = 1U << 20U;
constexpr std::size_t max_pk_bytes = 2048, max_sk_bytes = 1024;

double write_units(std::size_t bytes) {
    return std::ceil(static_cast<double>(std::max<std::size_t>(bytes, 1)) / 1024);
}

double read_units(std::size_t bytes, bool consistent) {
    const double units = std::ceil(static_cast<double>(std::max<std::size_t>(bytes, 1)) / 4096);
    return consistent ? units : units / 2;
}

aws::Item only(const std::vector<std::string>& attributes, const aws::Item& item) {
    aws::Item kept;
    for (const std::string& name : attributes)
        if (const auto found = item.find(name); found != item.end()) kept.insert(*found);
    return kept;
}

struct Check {
    Result<void> operator()(std::monostate) const { return {}; }
    Result<void> operator()(bool) const { return {}; }
    Result<void> operator()(const aws::Binary&) const { return {}; }
    Result<void> operator()(const std::string& text) const {
        if (!is_utf8(text)) return validation_error("a text is not UTF-8");
        return {};
    }
    Result<void> operator()(const aws::Number& number) const {
        if (number.text.empty() || number.text.size() > 38 ||
            number.text.find_first_not_of("-0123456789") != std::string::npos)
            return validation_error("'" + number.text + "' is no number");
        return {};
    }
    Result<void> operator()(const aws::AttributeMap& map) const {
        for (const auto& [name, value] : map) {
            if (name.empty()) return validation_error("an attribute has no name");
            if (auto checked = std::visit(*this, value.value); !checked) return checked;
        }
        return {};
    }
    Result<void> operator()(const std::vector<aws::Attribute>& list) const {
        for (const aws::Attribute& value : list)
            if (auto checked = std::visit(*this, value.value); !checked) return checked;
        return {};
    }
};

Result<void> check_item(const aws::Item& item) {
    const std::size_t pk = aws::text_of(item, "pk").size(), sk = aws::text_of(item, "sk").size();
    if (pk == 0 || sk == 0 || pk > max_pk_bytes || sk > max_sk_bytes)
        return validation_error("a key is missing, empty or too long");
    if (aws::item_bytes(item) > aws::max_item_bytes)
        return validation_error("Item size has exceeded the maximum allowed size");
    return Check{}(item);
}

aws::Item keys_of(const std::string& pk, const std::string& sk) {
    return {{"pk", aws::text(pk)}, {"sk", aws::text(sk)}};
}

Error crash() {
    return {ErrorCode::unreachable, "crash", "the function died here", ""};
}

}  // namespace

class FakeDynamoDb::Running {
  public:
    explicit Running(FakeDynamoDb& db) : db_(db) {
        Duration latency;
        {
            const std::scoped_lock lock(db_.mutex_);
            db_.most_running_ = std::max(db_.most_running_, ++db_.running_);
            latency = db_.latency_;
        }
        if (latency > Duration{0}) std::this_thread::sleep_for(latency);
    }
    ~Running() {
        const std::scoped_lock lock(db_.mutex_);
        --db_.running_;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

  private:
    FakeDynamoDb& db_;
};

void FakeDynamoDb::create_table(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    tables_[name];
}

FakeDynamoDb::Table FakeDynamoDb::items(const std::string& table) const {
    const std::scoped_lock lock(mutex_);
    return tables_.at(table);
}

void FakeDynamoDb::alter(const std::string& table, const std::function<void(Table&)>& change) {
    const std::scoped_lock lock(mutex_);
    change(tables_.at(table));
}

void FakeDynamoDb::set_write_fault(WriteFault fault) {
    const std::scoped_lock lock(mutex_);
    write_fault_ = std::move(fault);
}

void FakeDynamoDb::set_query_fault(QueryFault fault) {
    const std::scoped_lock lock(mutex_);
    query_fault_ = std::move(fault);
}

void FakeDynamoDb::crash_at(std::uint64_t k, bool applied) {
    const std::scoped_lock lock(mutex_);
    writes_ = 0;
    crash_at_ = k;
    crash_applied_ = applied;
}

void FakeDynamoDb::heal() {
    crash_at(0, false);
    set_write_fault({});
}

bool FakeDynamoDb::crashed() const {
    const std::scoped_lock lock(mutex_);
    return crash_at_ != 0 && writes_ >= crash_at_;
}

std::uint64_t FakeDynamoDb::writes() const {
    const std::scoped_lock lock(mutex_);
    return writes_;
}

std::uint64_t FakeDynamoDb::queries() const {
    const std::scoped_lock lock(mutex_);
    return queries_;
}

std::uint64_t FakeDynamoDb::inconsistent_reads() const {
    const std::scoped_lock lock(mutex_);
    return inconsistent_reads_;
}

std::size_t FakeDynamoDb::most_at_once() const {
    const std::scoped_lock lock(mutex_);
    return most_running_;
}

void FakeDynamoDb::set_latency(Duration latency) {
    const std::scoped_lock lock(mutex_);
    latency_ = latency;
}

Result<FakeDynamoDb::Table*> FakeDynamoDb::find(const std::string& table) {
    const auto found = tables_.find(table);
    if (found == tables_.end())
        return fail(ErrorCode::not_found, "ResourceNotFoundException",
                    "Requested resource not found: Table: " + table + " not found");
    return &found->second;
}

std::optional<Error> FakeDynamoDb::fault_of(const std::string& table, const aws::Item& item, bool& applied) {
    applied = false;
    ++writes_;
    if (crash_at_ != 0 && writes_ >= crash_at_) {
        applied = crash_applied_ && writes_ == crash_at_;
        return crash();
    }
    return write_fault_ ? write_fault_(table, item) : std::nullopt;
}

Result<void> FakeDynamoDb::write(const std::string& table, Table& items, const aws::Item& item) {
    bool applied = false;
    const auto fault = fault_of(table, item, applied);
    if (!fault || applied) {
        if (auto checked = check_item(item); !checked) return checked;
        aws::Item& there = items[{aws::text_of(item, "pk"), aws::text_of(item, "sk")}];
        consumed_.write_units += write_units(std::max(aws::item_bytes(there), aws::item_bytes(item)));
        there = item;
    }
    if (fault) return fail(*fault);
    return {};
}

Result<aws::PutResult> FakeDynamoDb::put(const std::string& table, const aws::Item& item,
                                         const aws::Condition& condition) {
    const Running running(*this);
    const std::scoped_lock lock(mutex_);
    const auto items = find(table);
    if (!items) return fail(items.error());
    const auto there = (*items)->find({aws::text_of(item, "pk"), aws::text_of(item, "sk")});
    const aws::Item before = there == (*items)->end() ? aws::Item{} : there->second;
    const auto good = holds(condition, before);
    if (!good) return fail(good.error());
    if (!*good) {
        bool ignored = false;
        if (const auto fault = fault_of(table, item, ignored)) return fail(*fault);
        consumed_.write_units += write_units(std::max(aws::item_bytes(before), aws::item_bytes(item)));
        return aws::PutResult{false, before.empty() ? std::nullopt : std::optional(before)};
    }
    if (auto written = write(table, **items, item); !written) return fail(written.error());
    return aws::PutResult{};
}

Result<std::optional<aws::Item>> FakeDynamoDb::get(const std::string& table, const std::string& pk,
                                                   const std::string& sk) {
    const Running running(*this);
    const std::scoped_lock lock(mutex_);
    const auto items = find(table);
    if (!items) return fail(items.error());
    const auto found = (*items)->find({pk, sk});
    const bool there = found != (*items)->end();
    consumed_.read_units += read_units(there ? aws::item_bytes(found->second) : 0, true);
    return there ? std::optional(found->second) : std::nullopt;
}

Result<bool> FakeDynamoDb::erase(const std::string& table, const std::string& pk, const std::string& sk,
                                 const aws::Condition& condition) {
    const Running running(*this);
    const std::scoped_lock lock(mutex_);
    const auto items = find(table);
    if (!items) return fail(items.error());
    const auto there = (*items)->find({pk, sk});
    const aws::Item before = there == (*items)->end() ? aws::Item{} : there->second;
    const auto good = holds(condition, before);
    if (!good) return fail(good.error());
    bool applied = false;
    if (const auto fault = fault_of(table, keys_of(pk, sk), applied); fault && !applied) return fail(*fault);
    consumed_.write_units += write_units(aws::item_bytes(before));
    if (*good && there != (*items)->end()) (*items)->erase(there);
    if (applied) return fail(crash());
    return *good;
}

Result<void> FakeDynamoDb::put_all(const std::string& table, std::span<const aws::EncodedItem> given) {
    std::vector<aws::Item> wanted;
    for (const aws::EncodedItem& encoded : given) {
        auto item = aws::item_from_json(nlohmann::json::parse(encoded.json));
        if (!item) return fail(std::move(item).error());
        wanted.push_back(*std::move(item));
    }
    const Running running(*this);
    const std::scoped_lock lock(mutex_);
    const auto items = find(table);
    if (!items) return fail(items.error());
    std::set<std::pair<std::string, std::string>> keys;
    for (const aws::Item& item : wanted) {
        if (auto checked = check_item(item); !checked) return checked;
        if (!keys.insert({aws::text_of(item, "pk"), aws::text_of(item, "sk")}).second)
            return validation_error("Provided list of item keys contains duplicates");
    }
    std::mt19937 random(static_cast<std::uint32_t>(wanted.size()));
    std::shuffle(wanted.begin(), wanted.end(), random);
    for (const aws::Item& item : wanted)
        if (auto written = write(table, **items, item); !written) return written;
    return {};
}

Result<aws::QueryPage> FakeDynamoDb::query(const aws::QueryRequest& request) {
    const Running running(*this);
    const std::scoped_lock lock(mutex_);
    const auto items = find(request.table);
    if (!items) return fail(items.error());
    ++queries_;
    if (!request.consistent) ++inconsistent_reads_;
    if (query_fault_)
        if (const auto fault = query_fault_(request)) return fail(*fault);
    std::vector<const aws::Item*> matching;
    for (auto it = (*items)->lower_bound({request.partition_key, request.sort_from});
         it != (*items)->end() && it->first.first == request.partition_key; ++it)
        if (request.sort_to.empty() || it->first.second <= request.sort_to) matching.push_back(&it->second);
    if (request.descending) std::reverse(matching.begin(), matching.end());
    if (request.start) {
        const std::string last = aws::text_of(*request.start, "sk");
        std::erase_if(matching, [&](const aws::Item* item) {
            const std::string sk = aws::text_of(*item, "sk");
            return request.descending ? sk >= last : sk <= last;
        });
    }
    aws::QueryPage page;
    std::size_t bytes = 0, seen = 0;
    for (const aws::Item* item : matching) {
        const std::size_t size = aws::item_bytes(*item);
        if (seen > 0 && bytes + size > page_bytes) break;
        bytes += size;
        ++seen;
        const auto wanted = holds(request.filter, *item);
        if (!wanted) return fail(wanted.error());
        if (*wanted) {
            page.items.push_back(*item);
            if (!request.attributes.empty()) page.items.back() = only(request.attributes, *item);
        }
        if (request.limit != 0 && seen == request.limit) {
            page.next = keys_of(request.partition_key, aws::text_of(*item, "sk"));
            break;
        }
    }
    if (seen < matching.size() && seen > 0)
        page.next = keys_of(request.partition_key, aws::text_of(*matching[seen - 1], "sk"));
    consumed_.read_units += read_units(bytes, request.consistent);
    return page;
}

Result<void> FakeDynamoDb::check_table(const std::string& table) {
    const std::scoped_lock lock(mutex_);
    const auto items = find(table);
    if (!items) return fail(items.error());
    return {};
}

aws::ConsumedCapacity FakeDynamoDb::consumed() const {
    const std::scoped_lock lock(mutex_);
    return consumed_;
}

}  // namespace weir::test
