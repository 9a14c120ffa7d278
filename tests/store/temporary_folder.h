#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace weir::test {

// A new folder, removed with all that is in it. In memory where the machine offers that: what a disk may do
// wrong is tested with FaultyFileSystem, and a disk that does everything right is only slow.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        const std::filesystem::path memory = "/dev/shm";
        std::error_code none;
        const bool in_memory = std::filesystem::space(memory, none).available > smallest_memory && !none;
        std::string name =
            ((in_memory ? memory : std::filesystem::temp_directory_path()) / "weir-store-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    static constexpr std::uintmax_t smallest_memory = 256U << 20U;
    std::filesystem::path path_;
};

}  // namespace weir::test
