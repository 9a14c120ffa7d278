#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/session.h"
#include "base/result.h"

namespace weir::aws {

// The settings of one profile, names in lower case. Settings nested below another are left out.
using Profile = std::map<std::string, std::string, std::less<>>;

// ~/.aws/config and ~/.aws/credentials, or the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE
// name (SDKs and Tools Reference Guide, "Shared config and credentials files"). What both say of a profile,
// the latter decides. A file that does not exist is an empty one.
class ProfileFiles {
  public:
    // Fails with ErrorCode::usage (reason "profile-file-invalid"), naming file and line.
    static Result<ProfileFiles> read(const Environment& environment);

    // nullptr: there is no such profile.
    [[nodiscard]] const Profile* find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] const std::string& looked_at() const { return looked_at_; }  // "~/.aws/config and …"

  private:
    Result<void> read_file(const std::string& path, bool is_config);

    std::map<std::string, Profile, std::less<>> profiles_;
    std::string looked_at_;
};

// A setting; nothing when it is missing or empty.
std::optional<std::string> setting(const Profile& profile, std::string_view name);

}  // namespace weir::aws
