// SshSigners: who signs the commits of a GitWorld with ssh keys, and whose signatures count.
//
// Thread-safety: one thread. Errors: as GitWorld.
#pragma once

#include <string>

#include "git_world/git_world.h"

namespace gtidops::testing {

class SshSigners {
 public:
  explicit SshSigners(GitWorld& world) : world_(world), file_(world.path("allowed_signers")) {
    world_.git({"config", "gpg.format", "ssh"});
  }
  void make_key(const std::string& name);
  // A line of the file of allowed signers; `also`: its options, with a space behind them.
  void allow(const std::string& principal, const std::string& name, const std::string& also = "");
  // Whose key `git commit -S` takes from now on.
  void sign_as(const std::string& name) {
    world_.git({"config", "user.signingkey", world_.path(name)});
  }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  GitWorld& world_;
  const std::string file_;
};

}  // namespace gtidops::testing
