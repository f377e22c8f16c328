// Which files of a repository or a folder are read, and how much of it all.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gtidops::git {

inline constexpr std::int64_t kFileLimit = std::int64_t{8} << 20U;
inline constexpr std::int64_t kTotalLimit = std::int64_t{64} << 20U;
inline constexpr std::size_t kFilesLimit = 10'000;
// Of names looked at, and of folders in folders: a tree of git can be small and yet endless.
inline constexpr std::size_t kEntriesLimit = 200'000;
inline constexpr int kDepthLimit = 64;

inline bool is_spec_name(std::string_view name) {
  const auto ends = [&](std::string_view with) {
    return name.size() > with.size() && name.substr(name.size() - with.size()) == with;
  };
  return ends(".yaml") || ends(".yml");
}

// .github and its like are not the topologies'.
inline bool is_hidden_name(std::string_view name) { return !name.empty() && name.front() == '.'; }

}  // namespace gtidops::git
