#include "cli/spawned_service.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

namespace weir::cli {

Result<std::unique_ptr<SpawnedService>> SpawnedService::start() {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
    std::string name = ((error ? std::filesystem::path("/tmp") : parent) / "weir-verify-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return fail(ErrorCode::io, "temporary-folder",
                    fmt::format("cannot make the temporary folder {}: {}", name,
                                std::generic_category().message(errno)),
                    "set TMPDIR to a folder that can be written");
    std::unique_ptr<SpawnedService> spawned(new SpawnedService(name));
    ServiceOptions options;
    options.data_folder = spawned->folder_;
    options.http.port = 0;
    options.min_free = 16_MiB;
    set_log_level(LogLevel::warning);  // its life is this command's own business
    Result<std::unique_ptr<Service>> service = Service::start(
        options, system_clock(), [](const Error& failure) { log(LogLevel::error, failure.message); });
    if (!service) return fail(std::move(service).error());
    spawned->service_ = *std::move(service);
    return spawned;
}

SpawnedService::~SpawnedService() {
    service_.reset();
    abandon();
}

std::string SpawnedService::url() const {
    return fmt::format("http://127.0.0.1:{}", service_->port());
}

void SpawnedService::abandon() const {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

}  // namespace weir::cli
