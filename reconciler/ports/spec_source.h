// SpecSource: where the topology files come from: a git repository (git/), or a folder.
//
// Thread-safety: one thread at a time; cancel() from any. Errors: values. No error takes back what
// was accepted before: the last good revision stays in force.
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
  // The branch was rewritten: the revision accepted before is no ancestor of this one.
  bool rewritten = false;
};

struct SourceError {
  enum class Reason {
    kUnreachable,  // no connection, or the repository is not there
    kTimeout,      // it did not answer in time
    kAccess,       // the credentials were refused
    kHostKey,      // the server's key is not the one in known_hosts
    kNotFound,     // no such branch, tag, commit or path in it
    kSignature,    // a commit without a signature of an allowed signer
    kOther,
  };
  Reason reason = Reason::kOther;
  std::string message;                     // one sentence for a person; holds no secret
  std::optional<SourceRevision> revision;  // the revision that was reached, if one was
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

  // What is declared now. Asks the remote, and waits at most `deadline` for it.
  virtual tl::expected<Sourced, SourceError> pull(Millis deadline) = 0;
  // Makes a pull that waits for the remote fail now, and every later one.
  virtual void cancel() {}

  // Records that the revision from pull() is good: it is the last good one from now on, also after
  // a restart.
  virtual Status accept(const SourceRevision& revision) = 0;
  // What was accepted last, without asking the remote; nullopt when nothing was, or when it is no
  // longer there.
  virtual std::optional<Sourced> last_good() = 0;
};

}  // namespace gtidops
