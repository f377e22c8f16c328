// PinnedKey: a server's public key, as tls.serverPublicKeyFile names it, in the form that the
// client library takes.
//
// The library asks the *server* for its key whenever it cannot use the file that it was given. So
// the file is read and checked here, and the library gets a copy that nobody can take away: a file
// in memory.
//
// Thread-safety: a plain value. Errors: kNotFound or kFailed (the file cannot be read), kInvalid
// (it is no RSA public key in PEM, or one of more bits than the library has room for).
#pragma once

#include <string>

#include "base/result.h"
#include "system/files.h"

namespace gtidops::mysql {

class PinnedKey {
 public:
  static Result<PinnedKey> load(const std::string& path);

  // Valid for as long as this PinnedKey lives.
  [[nodiscard]] std::string path() const;

 private:
  explicit PinnedKey(File file) : file_(std::move(file)) {}
  File file_;
};

}  // namespace gtidops::mysql
