#include "system/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "system/files.h"
#include "system/one_time_secret.h"
#include "system/secret_command.h"

namespace gtidops {
namespace {

Result<Secret> checked(Secret secret, const std::string& where) {
  std::string_view text = secret.reveal();
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.empty())
    return fail(
        ErrorCode::kInvalid,
        where + " holds nothing (an empty password is declared by leaving passwordFrom out)");
  if (text.find('\0') != std::string_view::npos)
    return fail(ErrorCode::kInvalid, where + " holds a zero byte");
  if (text.find_first_of("\r\n") != std::string_view::npos)
    return fail(ErrorCode::kInvalid, where + " holds more than one line");
  return text.size() == secret.size() ? std::move(secret) : Secret(text);
}

Result<Secret> from_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr)
    return fail(ErrorCode::kNotFound, "the environment variable " + name + " is not set");
  if (std::strlen(value) > kSecretLimit)
    return fail(ErrorCode::kInvalid, "the environment variable " + name + " is too long");
  return checked(Secret(value), "the environment variable " + name);
}

// Non-blocking, because the path may be a named pipe, and opening that would hang.
Result<Secret> from_file(const std::string& path, const std::string& what) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalid;
    return fail(code, what + " " + path + " cannot be opened: " + system_text(errno));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return fail(ErrorCode::kInvalid, what + " " + path + " is not a regular file");
  if ((status.st_mode & S_IWOTH) != 0)
    return fail(ErrorCode::kInvalid, what + " " + path + " may be written by everybody");
  std::array<char, kSecretLimit + 2> buffer{};
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < buffer.size() &&
         (got = ::read(file.get(), buffer.data() + size, buffer.size() - size)) > 0)
    size += static_cast<std::size_t>(got);
  Secret secret(std::string_view(buffer.data(), size));
  wipe_memory(buffer.data(), buffer.size());
  if (got < 0)
    return fail(ErrorCode::kInvalid, what + " " + path + " cannot be read: " + system_text(errno));
  if (size > kSecretLimit)
    return fail(ErrorCode::kInvalid, what + " " + path + " is longer than 4096 bytes");
  return checked(std::move(secret), what + " " + path);
}

Result<std::string> credential_path(const std::string& name) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0')
    return fail(ErrorCode::kNotFound,
                "the credential " + name + " is not there: CREDENTIALS_DIRECTORY is not set");
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..")
    return fail(ErrorCode::kInvalid, "the credential's name " + name + " is not a plain name");
  return std::string(folder) + "/" + name;
}

}  // namespace

void wipe_memory(void* at, std::size_t size) { ::explicit_bzero(at, size); }

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void Secret::append(std::string_view text) {
  if (text.empty()) return;
  if (size_ + text.size() + 1 > capacity_) {
    const std::size_t wanted = std::max(2 * capacity_, size_ + text.size() + 1);
    auto grown = std::make_unique<char[]>(wanted);  // NOLINT(modernize-avoid-c-arrays)
    if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
    if (bytes_) wipe_memory(bytes_.get(), capacity_);
    bytes_ = std::move(grown);
    capacity_ = wanted;
  }
  std::memcpy(bytes_.get() + size_, text.data(), text.size());
  size_ += text.size();
  bytes_[size_] = '\0';
}

void Secret::wipe() {
  if (bytes_) wipe_memory(bytes_.get(), capacity_);
  bytes_.reset();
  size_ = capacity_ = 0;
}

Result<Secret> read_secret(const SecretRef& ref, Deadline deadline, int cancelled) {
  switch (ref.kind) {
    case SecretRef::Kind::kNone:
      return Secret{};
    case SecretRef::Kind::kEnv:
      return from_environment(ref.name);
    case SecretRef::Kind::kFile:
      return from_file(ref.name, "the file");
    case SecretRef::Kind::kCredential: {
      auto path = credential_path(ref.name);
      if (!path) return tl::unexpected(path.error());
      return from_file(*path, "the credential");
    }
    case SecretRef::Kind::kExec: {
      auto output = run_secret_command(
          ref.name, deadline.earlier(Deadline::after(kSecretCommandTime)), cancelled);
      if (!output) return output;
      return checked(std::move(*output), "the output of the command");
    }
    case SecretRef::Kind::kOneTime:
      return one_time_secret(ref.name);
  }
  return fail(ErrorCode::kInvalid, "unknown kind of secret");
}

std::string secret_warning(const SecretRef& ref) {
  if (ref.kind != SecretRef::Kind::kFile) return {};
  struct stat status {};
  if (::stat(ref.name.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return {};
  return "the secret file " + ref.name + " may be read by everybody on this machine";
}

}  // namespace gtidops
