// FileJournal: the journal and the lease of a topology as files in a folder:
//
//   TOPOLOGY.lease      held by flock(2) for as long as the process lives; says which one it is
//   TOPOLOGY.intent     one line of JSON: the intent and its checksum; replaced as a whole
//   (and TOPOLOGY.intent.soon, TOPOLOGY.intent.seen: state/intent_file.h)
//   TOPOLOGY.journal    one line of JSON for each entry, with its checksum
//   TOPOLOGY.journal.1  the journal before it
//
// All calls except save_soon() and note() return when the data is on the disk (fsync). A last line
// of the journal that a crash has cut off is moved to TOPOLOGY.journal.torn, and an entry says so.
// The intent is never half written, so a damaged one is an error that says what to do.
//
// Thread-safety: one thread at a time. Errors: kRefused when another process holds the lease, with
// its name; kInvalid for a damaged intent; kFailed for what the system refuses (a full disk, no
// permission).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/journal.h"

namespace gtidops {

// When a journal has grown to this size, the next entry begins a new file.
inline constexpr std::uintmax_t kJournalLimit = std::uintmax_t{4} << 20U;

// Makes the folder (0700) and takes the lease. An existing folder must belong to this user or root,
// and nobody else may write there. `topology`: a valid name (letters, digits, hyphens). `holder`:
// what others are told, for instance "gtidops apply orders.yaml"; process id, host and time are
// added.
Result<std::unique_ptr<Journal>> open_file_journal(const std::filesystem::path& folder,
                                                   const std::string& topology,
                                                   const std::string& holder);

// "gtidops run (process 123 on host1, since 2026-11-28T21:00:00.000Z)", at most 150 bytes.
std::string describe_this_process(const std::string& holder);
// A name that all processes with this folder have in common, and no others, until the machine is
// restarted; empty when it cannot be found out. A copy of the folder, or of the machine, gets
// another name.
std::string controller_of(const std::filesystem::path& folder);

// The intent as last saved, for readers without the lease; a fresh one when there is none.
Result<Intent> read_intent(const std::filesystem::path& folder, const std::string& topology);

}  // namespace gtidops
