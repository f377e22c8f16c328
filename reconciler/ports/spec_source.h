// SpecSource: where the topology files come from: a git repository (git/), or a folder.
//
// Thread-safety: one thread at a time; cancel() from any. Errors: values; none of them takes away
// what was accepted before: the last good revision goes on being enforced.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/quantity.h"
#include "base/result.h"

namespace gtidops {

struct SourceFile {
  std::string path;  // below the repository's (or the folder's) top: "topologies/orders.yaml"
  std::string text;
};

struct SourceRevision {
  std::string commit;  // the full hash; empty for a folder
  std::string author;  // "Name <mail>", as the commit says
  std::string subject;
  Moment committed_at{};
  std::string signed_by;  // whose signature was verified; empty when that was not asked for
};

struct Sourced {
  SourceRevision revision;
  std::vector<SourceFile> files;  // every *.yaml and *.yml below the path, sorted
  // The branch was rewritten: what was accepted before is no ancestor of this revision.
  bool rewritten = false;
};

struct SourceError {
  enum class Reason {
    kUnreachable,  // no connection, or the repository is not there
    kTimeout,      // it did not answer in time
    kAccess,       // the credentials were refused
    kHostKey,      // the server is not the one that known_hosts tells of
    kNotFound,     // no such branch, tag, commit or path in it
    kSignature,    // a commit without a signature of those who may sign
    kOther,
  };
  Reason reason = Reason::kOther;
  std::string message;                     // one sentence for a person; holds no secret
  std::optional<SourceRevision> revision;  // which one, when one was reached
};

inline tl::unexpected<SourceError> no_source(SourceError::Reason reason, std::string message) {
  return tl::unexpected(SourceError{reason, std::move(message), std::nullopt});
}

class SpecSource {
 public:
  SpecSource() = default;
  SpecSource(const SpecSource&) = delete;
  SpecSource& operator=(const SpecSource&) = delete;
  virtual ~SpecSource() = default;

  // What is declared now. Asks the remote, and waits for it no longer than `deadline`.
  virtual tl::expected<Sourced, SourceError> pull(Millis deadline) = 0;
  // A pull that waits for the remote fails now, and so does every later one.
  virtual void cancel() {}

  // The revision that pull() gave is good: from now on it is the last good one, after a restart
  // too.
  virtual Status accept(const SourceRevision& revision) = 0;
  // What was accepted last, without asking the remote; nullopt when nothing was, or when it is no
  // longer there.
  virtual std::optional<Sourced> last_good() = 0;
};

}  // namespace gtidops
