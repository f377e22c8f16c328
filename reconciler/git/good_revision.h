// The last good revision with its files, in one file beside the clone, so that it outlives both the
// remote and the clone.
//
// Thread-safety: one process a directory. Errors: save(): it is not durably written; load() takes a
// damaged file for none.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "ports/spec_source.h"

namespace gtidops::git {

// `source`: what it was taken from (URL, branch, path, ...): what was good for another is not good
// for this one.
Status save_good(const std::string& directory, const std::string& source, const Sourced& good);
std::optional<Sourced> load_good(const std::string& directory, const std::string& source);

}  // namespace gtidops::git
