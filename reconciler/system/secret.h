// Secret: a password in memory. It can't be copied, printed or compared by accident, and its bytes
// are overwritten when it is destroyed.
//
// read_secret() reads it from where a specification says:
//   env         the variable
//   file        a regular file of at most 4096 bytes that not everybody may write. Everybody may
//               read it, because container platforms mount secrets like that; secret_warning()
//               tells.
//   credential  systemd's: a file of that name in $CREDENTIALS_DIRECTORY
//   exec        what `sh -c COMMAND` prints; it has ten seconds; its standard error is not shown
// All kinds are checked alike. One newline at the end is not part of the secret. A line break
// within it, or a zero byte, is an error, because then something else was meant. A place that holds
// nothing is an error too: an empty password is declared by leaving passwordFrom out.
//
// Thread-safety: one thread at a time. Errors: kNotFound (the secret is not there), kInvalid (its
// content or its file is not accepted), kFailed (the command failed), kUnknown (it did not end in
// time). No message holds a byte of a secret or of a command's output.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/secret_ref.h"
#include "system/deadline.h"

namespace gtidops {

inline constexpr std::size_t kSecretLimit = 4096;
inline constexpr Millis kSecretCommandTime{10'000};

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) { append(text); }
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  // When the memory becomes too small, it is overwritten before it is freed.
  void append(std::string_view text);
  void wipe();

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // The bytes, valid until something is appended or wiped. Don't copy them into a std::string.
  [[nodiscard]] std::string_view reveal() const { return {c_str(), size_}; }
  [[nodiscard]] const char* c_str() const { return bytes_ ? bytes_.get() : ""; }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::unique_ptr<char[]> bytes_;  // NOLINT(modernize-avoid-c-arrays): with a zero byte at the end
  std::size_t size_ = 0, capacity_ = 0;
};

// Reads the secret that `ref` names; an empty Secret when it names none. A command is killed at
// `deadline` or at its own limit, whichever is earlier, and when the descriptor `cancelled` becomes
// readable (-1: never).
Result<Secret> read_secret(const SecretRef& ref, Deadline deadline, int cancelled = -1);

// One sentence when everybody on this machine may read the secret's file; else empty.
std::string secret_warning(const SecretRef& ref);

// Overwrites `size` bytes in a way that no compiler removes.
void wipe_memory(void* at, std::size_t size);

}  // namespace gtidops
