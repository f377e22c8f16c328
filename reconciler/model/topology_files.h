// topology_files: which files of a folder, or of a commit's tree, hold topologies, and what may
// stand in place of such a file. `validate`, a folder and git all judge by these functions. If one
// of them passed over a file that another one reads, its topology would be let go, as if somebody
// had deleted it.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <string_view>

namespace gtidops {

inline bool is_topology_name(std::string_view name) {
  const auto ends = [&](std::string_view with) {
    return name.size() > with.size() && name.substr(name.size() - with.size()) == with;
  };
  return ends(".yaml") || ends(".yml");
}

// ".git", ".github", and the folders behind a Kubernetes ConfigMap volume, which hold each file
// once more.
inline bool is_hidden_name(std::string_view name) { return !name.empty() && name.front() == '.'; }

// Is this the target of a symbolic link that Kubernetes makes for a mounted ConfigMap or Secret?
inline bool is_mounted_link(std::string_view target) { return target.rfind("..data/", 0) == 0; }

// Is this what a commit holds in place of a large file, and a checkout without git-lfs shows?
inline bool is_lfs_pointer(std::string_view text) {
  return text.rfind("version https://git-lfs.", 0) == 0;
}

inline constexpr std::string_view kIsLink =
    "is a symbolic link, which is not followed in git: put the file itself in its place";
inline constexpr std::string_view kIsFolderLink =
    "is a symbolic link to a folder, which is not entered: name the folder itself, or put it in "
    "its place";
inline constexpr std::string_view kIsSubmodule =
    "is a git submodule, whose files are not read: keep the topologies in one repository, or name "
    "a folder that has no submodule";
inline constexpr std::string_view kIsLfsPointer =
    "a Git LFS pointer stands here instead of the file: topology files must not be kept in LFS "
    "(see .gitattributes)";

}  // namespace gtidops
