#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/service.h"

namespace weir::cli {

// A server of our own, in this process, on a free port of the loopback address and a temporary folder that
// goes with it.
class SpawnedService {
  public:
    static Result<std::unique_ptr<SpawnedService>> start();
    ~SpawnedService();
    SpawnedService(const SpawnedService&) = delete;
    SpawnedService& operator=(const SpawnedService&) = delete;

    [[nodiscard]] std::string url() const;
    // Removes the folder while the server still runs: for a process that is about to end.
    void abandon() const;

  private:
    explicit SpawnedService(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path folder_;
    std::unique_ptr<Service> service_;
};

}  // namespace weir::cli
