// FolderSource: the topology files of a folder, or one file, as they are now, without git.
//
// Nothing is stored: what is in the folder is what is declared. The last good content is kept for
// as long as the process lives.
//
// Thread-safety: one thread at a time. Errors: as ports/spec_source.h says.
#pragma once

#include <optional>
#include <string>

#include "ports/spec_source.h"

namespace gtidops {

class FolderSource : public SpecSource {
 public:
  explicit FolderSource(std::string path) : path_(std::move(path)) {}

  tl::expected<Sourced, SourceError> pull(Millis deadline) override;
  Status accept(const SourceRevision& revision) override;
  std::optional<Sourced> last_good() override { return good_; }

 private:
  std::string path_;
  std::optional<Sourced> pulled_, good_;
};

}  // namespace gtidops
