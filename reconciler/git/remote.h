// Remote: the remote repository: finds out what a branch or tag means there, and fetches it. Used
// only in the child process, because libgit2 1.5 waits for a silent server for ever.
//
// Thread-safety: one thread. Errors: SourceError, in words for a person, without a secret.
#pragma once

#include <git2.h>

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "git/fetch_protocol.h"
#include "git/url.h"

namespace gtidops::git {

// The name of one branch or tag on the remote, and the object that it means now.
struct Advertised {
  std::string name;  // refs/heads/main
  std::string id;
};

class Remote {
 public:
  // `home`: a folder whose .ssh/known_hosts was made by merge_known_hosts().
  Remote(const FetchRequest& request, const Secret& password, std::string home);

  // The object that is wanted now. Not for a commit, because commits are not advertised.
  tl::expected<Advertised, SourceError> ask();

  enum class Failed { kThere, kHere };  // the remote or the way to it; or the clone here
  struct Failure {
    Failed where = Failed::kThere;
    SourceError error;
  };
  tl::expected<void, Failure> fetch(git_repository* into, const std::vector<std::string>& refspecs);

 private:
  static int give_credential(git_credential** out, const char* url, const char* user,
                             unsigned int allowed, void* self);
  static int check_certificate(git_cert* certificate, int valid, const char* host, void* self);
  static int check_progress(const git_indexer_progress* progress, void* self);

  int credential(git_credential** out, const std::string& asked_by, unsigned int allowed);
  int ssh_credential(git_credential** out, unsigned int allowed);
  int host_key(const git_cert_hostkey& key, bool valid);
  int refuse(SourceError::Reason reason, std::string message);
  git_remote_callbacks callbacks();
  SourceError failure(int code) const;
  [[nodiscard]] SourceError missing() const;

  const FetchRequest& request_;
  const Secret& password_;
  std::string home_;
  std::string shown_;                   // the URL for messages
  Url url_;                             // for its host and kind
  std::optional<SourceError> refused_;  // what a callback found wrong
  int credentials_asked_ = 0;
};

}  // namespace gtidops::git
