// GitSource: the topology files of a git repository, and the last good revision of them.
//
// pull() asks the remote in a child process that is killed at the deadline, and reads the files
// from the commit's tree in the clone. With `verify` it checks the signature of that commit itself,
// not of those before it; unless allow_rewrite is set, the commit must then also descend from the
// last good one. Otherwise somebody who controls the server could, without any key, bring back a
// signed commit that is no longer wanted. A damaged clone is made anew.
//
// Thread-safety: one thread at a time; cancel() from any. Errors: as ports/spec_source.h says;
// accept() fails when the revision is not on the disk.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "git/fetch_protocol.h"
#include "git/git_options.h"
#include "git/url.h"
#include "ports/spec_source.h"
#include "system/deadline.h"
#include "system/event.h"

namespace gtidops {

namespace git {
struct Content;
}

class GitSource : public SpecSource {
 public:
  explicit GitSource(GitOptions options);

  // What is wrong with the options, found without asking anybody. pull() refuses what this refuses.
  static Status check(const GitOptions& options);

  tl::expected<Sourced, SourceError> pull(Millis deadline) override;
  void cancel() override { cancelled_.set(); }
  Status accept(const SourceRevision& revision) override;
  std::optional<Sourced> last_good() override;

 private:
  tl::expected<std::string, SourceError> fetch(const git::Url& url, const Secret& password,
                                               bool fresh, Deadline deadline);
  [[nodiscard]] git::FetchRequest request(const git::Url& url, bool fresh) const;
  [[nodiscard]] std::string identity() const;
  std::optional<SourceError> verified(git::Content& content, Deadline deadline);
  [[nodiscard]] SourceError rolled_back(const git::Content& content);
  const std::optional<Sourced>& good();

  GitOptions options_;
  std::string shown_;  // the URL for messages
  std::string path_;   // options_.path, clean
  Event cancelled_;
  std::optional<Sourced> pulled_;
  std::optional<Sourced> good_;
  bool good_is_read_ = false;
};

}  // namespace gtidops
