// good_revision: the last good revision and its files, in one file beside the clone, so that it
// outlives both the remote and the clone.
//
// Thread-safety: one process a directory. Errors: save_good() fails when the file is not durably
// written; load_good() treats a damaged file as none.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "ports/spec_source.h"

namespace gtidops::git {

// `source`: where the revision comes from (URL, branch, path, ...). load_good() ignores the
// revision of another source.
Status save_good(const std::string& directory, const std::string& source, const Sourced& good);
std::optional<Sourced> load_good(const std::string& directory, const std::string& source);

}  // namespace gtidops::git
