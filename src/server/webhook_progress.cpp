#include "server/webhook_progress.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace weir {
namespace {

tl::unexpected<Error> failed(const std::filesystem::path& file) {
    return fail(ErrorCode::io, "webhook-progress",
                fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)),
                "rows are delivered again after a restart until it can");
}

// Writes `text` to a descriptor, has it on disk, and closes it.
bool write_durably(int descriptor, const std::string& text) {
    const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool synced = written && ::fsync(descriptor) == 0;
    return ::close(descriptor) == 0 && synced;
}

}  // namespace

std::optional<WebhookProgress> read_webhook_progress(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) return std::nullopt;
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto number = [&](const char* name) -> std::optional<std::int64_t> {
        if (!json.is_object() || !json.contains(name) || !json.at(name).is_number_integer())
            return std::nullopt;
        return json.at(name).get<std::int64_t>();
    };
    const auto until = number("delivered_until"), as_of = number("as_of"), computed = number("computed_at");
    if (!until || !as_of || !computed) return std::nullopt;
    return WebhookProgress{timestamp_from_ms(*until), static_cast<std::uint64_t>(*as_of),
                           timestamp_from_ms(*computed)};
}

Result<void> write_webhook_progress(const std::filesystem::path& file, const WebhookProgress& progress) {
    const std::string fresh = file.string() + ".new";
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return failed(file);
    const std::string text =
        fmt::format("{{\"delivered_until\":{},\"as_of\":{},\"computed_at\":{}}}\n",
                    to_ms(progress.delivered_until), progress.as_of, to_ms(progress.computed_at));
    if (!write_durably(descriptor, text)) return failed(file);
    if (::rename(fresh.c_str(), file.c_str()) != 0) return failed(file);
    const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return failed(file);
    const bool synced = ::fsync(folder) == 0;
    ::close(folder);
    return synced ? Result<void>{} : Result<void>(failed(file));
}

}  // namespace weir
