// Files that are on the disk when a call returns.
//
// Thread-safety: pure system calls. Errors: kFailed, with the path and what the system says.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace gtidops {

// An open file, closed with it.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  [[nodiscard]] int get() const { return descriptor_; }
  void close();

 private:
  int descriptor_ = -1;
};

// For this user alone (0600), close-on-exec. A symbolic link is not followed: another user may have
// put it there, to have something else overwritten.
Result<File> open_file(const std::filesystem::path& path, int flags);
// All of it, or an error.
Status write_all(const File& file, std::string_view text, const std::filesystem::path& path);
Status sync_file(const File& file, const std::filesystem::path& path);
// So that a new name in it lasts.
Status sync_folder(const std::filesystem::path& folder);
Result<std::string> read_all(const File& file, const std::filesystem::path& path);
// Old or new content, never something in between, whatever happens.
Status replace_file(const std::filesystem::path& path, std::string_view text);

// What the system says of an errno.
std::string system_text(int error);
// "PATH: what: what the system says about errno".
tl::unexpected<Error> file_error(const std::filesystem::path& path, const std::string& what);

}  // namespace gtidops
