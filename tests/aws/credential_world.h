#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "aws/credential_cache.h"
#include "aws/credential_sources.h"
#include "aws/scripted_sender.h"
#include "support/manual_clock.h"

namespace weir::aws::test {

// A machine with an environment, a home folder and a network of a test's own.
struct CredentialWorld {
    CredentialWorld() {
        std::string name = ::testing::TempDir() + "weir-aws-XXXXXX";
        home = ::mkdtemp(name.data());
        std::filesystem::create_directory(home / ".aws");
        variables["HOME"] = home.string();
    }
    ~CredentialWorld() { std::filesystem::remove_all(home); }
    CredentialWorld(const CredentialWorld&) = delete;
    CredentialWorld& operator=(const CredentialWorld&) = delete;

    std::string write(const std::string& name, const std::string& text) const {
        const std::filesystem::path path = home / name;
        std::ofstream{path} << text;
        return path.string();
    }
    [[nodiscard]] Environment environment() const {
        return [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end() || found->second.empty()) return std::nullopt;
            return found->second;
        };
    }
    [[nodiscard]] SourceContext context() {
        return {environment(), sender, clock, [] { return 1.0; }, "eu-central-1"};
    }

    std::filesystem::path home;
    std::map<std::string, std::string> variables;
    std::shared_ptr<ScriptedSender> sender = std::make_shared<ScriptedSender>();
    weir::test::ManualClock clock{*parse_rfc3339("2026-11-24T00:00:00Z")};
};

}  // namespace weir::aws::test
