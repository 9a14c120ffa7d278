#include "store/rocks/info_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include "base/clock.h"

namespace weir::rocks {
namespace {

constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 20U;

class InfoLog final : public rocksdb::Logger {
  public:
    explicit InfoLog(int file) : Logger(rocksdb::WARN_LEVEL), file_(file) {}
    ~InfoLog() override {
        if (file_ >= 0) ::close(file_);
    }
    InfoLog(const InfoLog&) = delete;
    InfoLog& operator=(const InfoLog&) = delete;

    using Logger::Logv;
    void Logv(const char* format, va_list arguments) override {
        std::array<char, 2048> text;
        if (std::vsnprintf(text.data(), text.size(), format, arguments) < 0) return;
        const std::string line = format_rfc3339(system_clock().now()) + " " + text.data() + "\n";
        [[maybe_unused]] const ssize_t written = ::write(file_, line.data(), line.size());
    }

  private:
    const int file_;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_info_log(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "LOG";
    std::error_code none;
    if (const auto size = std::filesystem::file_size(file, none); !none && size > most_bytes)
        std::filesystem::rename(file, folder / "LOG.old", none);
    return std::make_shared<InfoLog>(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
}

}  // namespace weir::rocks
