#include "system/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace gtidops {

namespace fs = std::filesystem;

File::~File() { close(); }

void File::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::string system_text(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> file_error(const fs::path& path, const std::string& what) {
  return fail(ErrorCode::kFailed, path.string() + ": " + what + ": " + system_text(errno));
}

Result<File> open_file(const fs::path& path, int flags) {
  // A folder may be a symbolic link: the person who configured its path has chosen the link.
  const bool folder = (flags & O_DIRECTORY) != 0;
  const int follow = folder ? 0 : O_NOFOLLOW;
  // Without O_NONBLOCK, opening a named pipe would wait forever for the other end. For a regular
  // file the flag changes nothing.
  File file(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | follow, 0600));
  if (file.get() < 0 && errno == ELOOP)
    return fail(ErrorCode::kFailed,
                path.string() + ": it is a symbolic link, which is not followed");
  if (file.get() < 0) return file_error(path, "it cannot be opened");
  struct stat status {};
  if (!folder && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)))
    return fail(ErrorCode::kFailed, path.string() + ": it is no regular file");
  return file;
}

Status write_all(const File& file, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(path, "it cannot be written");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_file(const File& file, const fs::path& path) {
  if (::fsync(file.get()) != 0) return file_error(path, "it cannot be brought to the disk");
  return {};
}

Status sync_folder(const fs::path& folder) {
  auto opened = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!opened) return tl::unexpected(opened.error());
  return sync_file(*opened, folder);
}

Result<std::string> read_all(const File& file, const fs::path& path) {
  std::string text;
  std::array<char, 65536> buffer{};
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, "it cannot be read");
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

Status replace_file(const fs::path& path, std::string_view text) {
  fs::path fresh = path;
  fresh += ".new";
  auto file = open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return tl::unexpected(file.error());
  if (auto status = write_all(*file, text, fresh); !status) return status;
  if (auto status = sync_file(*file, fresh); !status) return status;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return file_error(path, "it cannot be replaced");
  return sync_folder(path.parent_path());
}

}  // namespace gtidops
