// IntentFile: a topology's intent in three files, TOPOLOGY.intent, TOPOLOGY.intent.soon and
// TOPOLOGY.intent.seen.
//
// The first is on the disk when save() returns. The second is only written: the kernel keeps it
// when this process dies, and loses it only when the machine goes down; so the machine's boot is
// noted, and a kSwitching from before another boot may have been followed by a kCommitted that is
// gone. Whichever of the two was written later counts; a damaged second one does not. What is
// remembered of the servers (model/memory.h) stands in the first one only: clients wait for the
// second one. A file of a version before that has no memory, and is read as one. The third one is
// that memory, as of the newest look: written in place and never forced, so that a look at an idle
// topology costs the disk nothing. It counts unless it is damaged or the first one is newer.
//
// Thread-safety: one thread at a time. Errors: kInvalid for a damaged intent, with what to do;
// kFailed for what the system refuses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "model/intent.h"

namespace gtidops {

// The kernel's name for the time since the machine was started; empty when it has none.
std::string boot_id();

class IntentFile {
 public:
  IntentFile(const std::filesystem::path& folder, const std::string& topology);

  // A fresh one when there is none.
  Result<Intent> load();
  Status save(const Intent& intent);
  Status save_soon(const Intent& intent);
  Status note(const Memory& memory);

 private:
  // Every save has a higher number than all before it: the fencing token of the state folder.
  // Whoever finds another one on the disk than that of his own last load() or save() has lost the
  // lease.
  Result<std::uint64_t> next_sequence();

  const std::filesystem::path path_, soon_path_, seen_path_;
  std::uint64_t sequence_ = 0;  // of the newest one; 0: not read yet
};

}  // namespace gtidops
