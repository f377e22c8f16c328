// The journal and the lease of a topology as files in a folder:
//
//   TOPOLOGY.lease      held by flock(2) for as long as the process lives; says who that is
//   TOPOLOGY.intent     one line of JSON: the intent and its checksum; replaced as a whole
//   (and TOPOLOGY.intent.soon, TOPOLOGY.intent.seen: state/intent_file.h)
//   TOPOLOGY.journal    one line of JSON for each entry, with its checksum; TOPOLOGY.journal.1 is
//   the one before it
//
// Everything but save_soon() and note() is on the disk (fsync) before a call returns. A journal's
// last line that was cut off by a crash is moved to TOPOLOGY.journal.torn, and an entry of the
// journal says so; the intent is never half written, so a damaged one is an error that says what to
// do.
//
// Thread-safety: one thread at a time. Errors: kRefused when another process holds the lease, with
// who that is; kInvalid for a damaged intent; kFailed for what the system refuses (a full disk, no
// permission).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/journal.h"

namespace gtidops {

// When a journal has grown to this, the next entry begins a new file.
inline constexpr std::uintmax_t kJournalLimit = std::uintmax_t{4} << 20U;

// Makes the folder, for nobody else to read (0700), and takes the lease. One that is there must be
// ours, or root's, and nobody else's to write. `topology` is a valid name
// of one: letters, digits, hyphens. `holder` is what others are told, for instance "gtidops apply
// orders.yaml"; the process id, the host and the time are added.
Result<std::unique_ptr<Journal>> open_file_journal(const std::filesystem::path& folder,
                                                   const std::string& topology,
                                                   const std::string& holder);

// "gtidops run (process 123 on host1, since 2026-11-28T21:00:00.000Z)", at most 150 bytes.
std::string describe_this_process(const std::string& holder);
// The same for all processes that share this folder, as long as the machine runs, and for no other;
// empty when that cannot be told. A folder that was copied, or a machine, is another one.
std::string controller_of(const std::filesystem::path& folder);

// The intent as last saved, for who only looks and needs no lease; a fresh one when there is none.
Result<Intent> read_intent(const std::filesystem::path& folder, const std::string& topology);

}  // namespace gtidops
