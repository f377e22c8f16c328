// GitOptions: the repository, which part of it is read, how to log in, and whose commits are
// accepted.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <cstdint>
#include <string>

#include "model/secret_ref.h"

namespace gtidops {

struct GitOptions {
  enum class Verify { kNone, kGpg, kSsh };

  std::string url;  // https:// http:// ssh:// user@host:path git:// file:// or a path
  // At most one of these; none: the remote's default branch. `commit` may be abbreviated.
  std::string branch, tag, commit;
  std::string path;  // below the repository's top: a folder or one file; empty: all of it

  std::string user;          // empty: the URL's; else "git"
  SecretRef password;        // or token (http, https); the ssh key's passphrase, or ssh password
  std::string ssh_key_file;  // the private key; empty: what the agent offers
  std::string known_hosts_file;  // empty: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts
  std::string ca_file;           // PEM, for https; empty: the system's

  Verify verify = Verify::kNone;
  // With `verify`: also accept a commit that does not descend from the last good one. Without
  // `verify` such a commit is always accepted.
  bool allow_rewrite = false;
  std::string signers_file;  // ssh: allowed_signers, see ssh-keygen(1); gpg: a keyring of public
                             // keys as `gpg --export` writes it

  std::string directory;  // where the clone and the memory of the last good revision live
  // The program that is executed, as `HELPER git-fetch`, to talk to the remote.
  std::string helper = "/proc/self/exe";
  std::int64_t max_fetch_bytes = std::int64_t{2} << 30U;
};

// The URL without user, password and query: what may be logged and shown.
std::string printable_url(const std::string& url);

}  // namespace gtidops
