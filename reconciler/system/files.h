// File, open_file, replace_file...: to read files, and to write them so that they survive a crash.
//
// Thread-safety: pure system calls. Errors: kFailed, with the path and what the system says.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace gtidops {

// An open file. The destructor closes it.
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

// Opens a regular file, or with O_DIRECTORY a folder, close-on-exec; a new file is for this user
// alone (0600). A symbolic link in place of the file is not followed: another user may have put it
// there, to have something else overwritten.
Result<File> open_file(const std::filesystem::path& path, int flags);
// All of it, or an error.
Status write_all(const File& file, std::string_view text, const std::filesystem::path& path);
Status sync_file(const File& file, const std::filesystem::path& path);
// Syncs the folder, so that a new name in it survives a crash.
Status sync_folder(const std::filesystem::path& folder);
Result<std::string> read_all(const File& file, const std::filesystem::path& path);
// Replaces the content atomically: after a crash, the file has the old or the new content.
Status replace_file(const std::filesystem::path& path, std::string_view text);

// The system's text for an errno.
std::string system_text(int error);
// "PATH: what: what the system says about errno".
tl::unexpected<Error> file_error(const std::filesystem::path& path, const std::string& what);

}  // namespace gtidops
