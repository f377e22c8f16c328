// spec_files: how much of a repository or a folder is read; model/topology_files.h says which
// files.
//
// Thread-safety: constant data. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gtidops::git {

inline constexpr std::int64_t kFileLimit = std::int64_t{8} << 20U;
inline constexpr std::int64_t kTotalLimit = std::int64_t{64} << 20U;
inline constexpr std::size_t kFilesLimit = 10'000;
// For the names that are looked at, and for nested folders: a small git tree can unfold endlessly.
inline constexpr std::size_t kEntriesLimit = 200'000;
inline constexpr int kDepthLimit = 64;

}  // namespace gtidops::git
