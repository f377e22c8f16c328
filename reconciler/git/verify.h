// verify: who signed a commit? ssh-keygen(1) or gpgv(1) decide it.
//
// Thread-safety: any number of calls side by side. Errors: the reason, as the end of a sentence
// that begins with the commit.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "git/git_options.h"
#include "git/read_commit.h"
#include "system/deadline.h"

namespace gtidops::git {

// The result names the signer.
tl::expected<std::string, std::string> verify(const Commit::Signature& signature,
                                              const SourceRevision& revision,
                                              const GitOptions& options, Deadline deadline);

}  // namespace gtidops::git
