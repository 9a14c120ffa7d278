#include "cli/token_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <sys/stat.h>

namespace weir::cli {
namespace {

constexpr std::size_t max_token_characters = 4096;

}  // namespace

Result<std::string> read_token_file(const std::string& path, Console& console) {
    const auto bad = [&](const std::string& what, const std::string& hint) {
        return fail(ErrorCode::usage, "token-file", fmt::format("token file {}: {}", path, what), hint);
    };
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0)
        return bad("there is no such file", "make one: head -c 32 /dev/urandom | base64 > " + path);
    std::ifstream file(path, std::ios::binary);
    if (!file || S_ISDIR(info.st_mode)) return bad("it cannot be read", "check its permissions");
    std::string token(std::istreambuf_iterator<char>(file), {});
    constexpr std::string_view space = " \t\r\n";
    token.erase(token.find_last_not_of(space) + 1);
    token.erase(0, token.find_first_not_of(space));
    if (token.empty()) return bad("it is empty", "make one: head -c 32 /dev/urandom | base64 > " + path);
    if (token.size() < min_token_characters)
        return bad(fmt::format("the token has {} characters, at least {} are wanted", token.size(),
                               min_token_characters),
                   "make one: head -c 32 /dev/urandom | base64 > " + path);
    if (token.size() > max_token_characters)
        return bad(fmt::format("the token is longer than {} characters", max_token_characters), "");
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; }))
        return bad("the token holds a space or a character that is not printable ASCII",
                   "one line with one token is wanted");
    if ((info.st_mode & (S_IRGRP | S_IROTH)) != 0)
        console.warn(fmt::format("others can read the token file {}: chmod 600 {}", path, path));
    return token;
}

}  // namespace weir::cli
