#include "cli/program.h"

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds longest_run{300};

struct Pipe {
    int read = -1, write = -1;
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        read = ends[0];
        write = ends[1];
    }
};

std::vector<std::string> environment_of(const ProgramOptions& options) {
    std::vector<std::string> out;
    for (const char* name : {"PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
        if (const char* value = ::getenv(name); value != nullptr && !options.environment.contains(name))
            out.push_back(std::string(name) + "=" + value);
    for (const auto& [name, value] : options.environment)
        out.push_back(name + "=" + value);
    return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-cli-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::file(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return (path_ / name).string();
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Program::Program(const ProgramOptions& options) {
    const Pipe in, out, err;
    std::vector<std::string> words{options.program};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    std::vector<std::string> variables = environment_of(options);
    const std::vector<char*> argv = pointers(words), envp = pointers(variables);
    const int out_end = options.output_file
                            ? ::open(options.output_file->c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)
                            : out.write;
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in.read, STDIN_FILENO);
        ::dup2(out_end, STDOUT_FILENO);
        ::dup2(err.write, STDERR_FILENO);
        if (::chdir(options.folder.c_str()) == 0) ::execvpe(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    for (const int end : {in.read, out.write, err.write})
        ::close(end);
    if (options.output_file) ::close(out_end);
    out_ = out.read;
    err_ = err.read;
    feeder_ = std::thread([end = in.write, input = options.input, keep_open = options.keep_input_open] {
        std::string_view rest = input;
        sigset_t pipe_signal;
        sigemptyset(&pipe_signal);
        sigaddset(&pipe_signal, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);  // a program may end without reading
        while (!rest.empty()) {
            const ssize_t count = ::write(end, rest.data(), rest.size());
            if (count <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(count));
        }
        if (!keep_open) ::close(end);
    });
    kept_input_ = options.keep_input_open ? in.write : -1;
}

Program::~Program() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    feeder_.join();
    for (const int end : {out_, err_, kept_input_})
        if (end >= 0) ::close(end);
}

void Program::signal(int number) const {
    if (pid_ <= 0) throw std::logic_error("the program has ended");
    ::kill(pid_, number);
}

void Program::collect(std::chrono::milliseconds at_most) {
    std::array<pollfd, 2> waiting{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(at_most.count())) <= 0) return;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        if (waiting[i].revents == 0) continue;
        std::array<char, 65536> buffer{};
        const ssize_t count = ::read(waiting[i].fd, buffer.data(), buffer.size());
        if (count > 0) {
            (i == 0 ? result_.out : result_.err).append(buffer.data(), static_cast<std::size_t>(count));
            continue;
        }
        ::close(waiting[i].fd);
        (i == 0 ? out_ : err_) = -1;
    }
}

bool Program::wait_for_error_text(const std::string& text, std::chrono::seconds at_most) {
    const auto deadline = Clock::now() + at_most;
    while (result_.err.find(text) == std::string::npos) {
        if (err_ < 0 || Clock::now() > deadline) return false;
        collect(std::chrono::milliseconds(50));
    }
    return true;
}

std::string Program::err_so_far() {
    collect(std::chrono::milliseconds(0));
    return result_.err;
}

ProgramResult Program::wait() {
    const auto deadline = Clock::now() + longest_run;
    while (out_ >= 0 || err_ >= 0) {
        if (Clock::now() > deadline) ::kill(pid_, SIGKILL);
        collect(std::chrono::milliseconds(100));
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result_;
}

ProgramResult run_program(const ProgramOptions& options) {
    return Program(options).wait();
}

ProgramResult weir(std::vector<std::string> arguments, std::map<std::string, std::string> environment) {
    ProgramOptions options;
    options.arguments = std::move(arguments);
    options.environment = std::move(environment);
    return run_program(options);
}

RunningServer::RunningServer(std::vector<std::string> arguments) {
    ProgramOptions options;
    options.arguments = {
        "serve",      "--listen", "127.0.0.1:0", "--data-dir", (folder_.path() / "data").string(),
        "--min-free", "1MiB"};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    program_ = std::make_unique<Program>(options);
    if (!program_->wait_for_error_text(", data in "))
        throw std::runtime_error("weir serve did not start: " + program_->err_so_far());
    const std::string err = program_->err_so_far();
    const std::size_t begin = err.find("http://");
    url_ = err.substr(begin, err.find(',', begin) - begin);
}

RunningServer::~RunningServer() = default;

}  // namespace weir::test
