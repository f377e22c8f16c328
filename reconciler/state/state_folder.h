// StateFolder: a topology's state as files in a folder: TOPOLOGY.lease (state/file_lease.h),
// TOPOLOGY.intent and its companions (state/intent_file.h), TOPOLOGY.journal
// (state/file_journal.h).
//
// Thread-safety: one thread at a time. Errors: kRefused when another process holds the lease, with
// its name; kInvalid for a damaged intent; kFailed for what the system refuses (a full disk, no
// permission) and for a folder in which others may write.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/intent.h"
#include "ports/state.h"

namespace gtidops {

// Makes the folder (0700) and takes the lease. An existing folder must belong to this user or root,
// and nobody else may write there. `topology`: a valid name (letters, digits, hyphens). `holder`:
// see FileLease::take().
Result<std::unique_ptr<OpenState>> open_state_folder(const std::filesystem::path& folder,
                                                     const std::string& topology,
                                                     const std::string& holder);

// A name that all processes with this folder have in common, and no others, until the machine is
// restarted; empty when it cannot be found out. A copy of the folder, or of the machine, gets
// another name.
std::string controller_of(const std::filesystem::path& folder);

// The intent as last saved, for readers without the lease; a fresh one when there is none.
Result<Intent> read_intent(const std::filesystem::path& folder, const std::string& topology);

}  // namespace gtidops
