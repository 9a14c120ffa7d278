#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace weir::test {

// A folder that goes away with this object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    // Writes a file into it and returns its path.
    [[nodiscard]] std::string file(const std::string& name, const std::string& content) const;

  private:
    std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

struct ProgramOptions {
    std::vector<std::string> arguments;  // after the program's name
    std::string program = WEIR_PROGRAM;  // looked up in PATH
    std::string input;                   // standard input
    bool keep_input_open = false;        // after `input`, until the program ends
    std::map<std::string, std::string>
        environment;                         // besides PATH and TMPDIR, and without any WEIR_ of the caller
    std::filesystem::path folder = "/";      // where it runs
    std::optional<std::string> output_file;  // standard output goes there, and not to `out`
};

struct ProgramResult {
    int status = -1;  // 128 + signal when one ended it
    std::string out;
    std::string err;
};

// A running program whose output is collected.
class Program {
  public:
    explicit Program(const ProgramOptions& options);
    ~Program();  // kills it if it still runs
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void signal(int number) const;
    // Waits until standard error holds `text`; false when the program ended or so long has passed.
    bool wait_for_error_text(const std::string& text,
                             std::chrono::seconds at_most = std::chrono::seconds(300));
    // Waits for its end (killed after five minutes) and returns everything.
    ProgramResult wait();
    [[nodiscard]] std::string err_so_far();

  private:
    void collect(std::chrono::milliseconds at_most);

    pid_t pid_ = -1;
    int out_ = -1, err_ = -1, kept_input_ = -1;
    ProgramResult result_;
    std::thread feeder_;
};

ProgramResult run_program(const ProgramOptions& options);
// `weir ARGUMENT…` in an empty environment.
ProgramResult weir(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {});

// `weir serve` on a free port and a temporary folder.
class RunningServer {
  public:
    explicit RunningServer(std::vector<std::string> arguments = {});
    ~RunningServer();
    [[nodiscard]] const std::string& url() const { return url_; }
    Program& program() { return *program_; }

  private:
    TemporaryFolder folder_;
    std::unique_ptr<Program> program_;
    std::string url_;
};

}  // namespace weir::test
