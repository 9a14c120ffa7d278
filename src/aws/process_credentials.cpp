#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/credential_request.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants the program to declare it

namespace weir::aws {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::size_t max_output{64 * 1024};

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }
    void close() {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

  private:
    int number_ = -1;
};

struct Output {
    std::string text;
    int status = -1;  // of waitpid; -1: it was cut
};

// Everything until the end of the pipe; false when it takes too long or there is too much.
bool read_all(int pipe, std::string& to) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd wait{pipe, POLLIN, 0};
        if (left.count() <= 0) return false;
        const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
        if (ready < 0 && errno != EINTR) return false;
        if (ready <= 0) continue;
        const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count == 0;
        to.append(buffer.data(), static_cast<std::size_t>(count));
        if (to.size() > max_output) return false;
    }
}

// Its standard error goes where weir's goes, so that the person sees what it says or asks.
Result<Output> run(const std::string& command) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail(ErrorCode::io, "pipe-failed", "no pipe to a credential_process can be made");
    Descriptor reading{ends[0]}, writing{ends[1]};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_adddup2(&actions, writing.number(), STDOUT_FILENO);
    // A process group of its own, so that what it starts can be ended with it.
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::array<std::string, 3> words{"sh", "-c", command};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t process = -1;
    const int error = ::posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0 || process <= 0)
        return fail(ErrorCode::io, "credential-process-failed",
                    fmt::format("/bin/sh cannot be started (error {})", error));
    writing.close();
    Output output;
    const bool complete = read_all(reading.number(), output.text);
    if (!complete) ::kill(-process, SIGKILL);
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (complete) output.status = status;
    return output;
}

}  // namespace

Result<std::optional<Credentials>> run_credential_process(const std::string& command,
                                                          const std::string& source) {
    const auto output = run(command);
    if (!output) return fail(output.error());
    if (output->status != 0)
        return fail(ErrorCode::unauthorized, "credential-process-failed",
                    fmt::format("the credential_process of the {} {}", source,
                                output->status < 0 ? "gave no answer in 60 s" : "has failed"),
                    fmt::format("run it by hand: {}", command));
    auto credentials = read_credentials(output->text, source);
    if (!credentials) {
        Error error = credentials.error();
        error.hint = fmt::format("run it by hand: {}", command);
        return fail(std::move(error));
    }
    return std::optional{std::move(*credentials)};
}

}  // namespace weir::aws
