// How much of a repository or a folder is read; model/topology_files.h says which files.
//
// Thread-safety: pure. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gtidops::git {

inline constexpr std::int64_t kFileLimit = std::int64_t{8} << 20U;
inline constexpr std::int64_t kTotalLimit = std::int64_t{64} << 20U;
inline constexpr std::size_t kFilesLimit = 10'000;
// Of names looked at, and of folders in folders: a tree of git can be small and yet endless.
inline constexpr std::size_t kEntriesLimit = 200'000;
inline constexpr int kDepthLimit = 64;

}  // namespace gtidops::git
