// IntentFile: a topology's intent in three files:
//
// - TOPOLOGY.intent is on the disk when save() returns.
// - TOPOLOGY.intent.soon is only written: the kernel keeps it when this process dies, and loses it
//   only when the machine goes down. So each save notes the machine's boot: a kSwitching from
//   another boot may have been followed by a kCommitted that is lost.
// - TOPOLOGY.intent.seen is the memory of the servers (model/memory.h) as of the newest look. It is
//   written in place and never forced, so that a look at an idle topology costs the disk nothing.
//
// Of the first two, the one that was written later counts; a damaged second one does not. The
// memory is in the first file, not in the second, because clients wait for the second. The third
// one's memory replaces it unless the third one is damaged or older. A first file without memory
// (of an older version) is read as an empty memory.
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

  // A fresh intent when there is no file.
  Result<Intent> load();
  Status save(const Intent& intent);
  Status save_soon(const Intent& intent);
  Status note(const Memory& memory);

 private:
  // Every save has a higher number than all before it: the fencing token of the state folder. A
  // process that finds another number on the disk than that of its own last load() or save() has
  // lost the lease.
  Result<std::uint64_t> next_sequence();

  const std::filesystem::path path_, soon_path_, seen_path_;
  std::uint64_t sequence_ = 0;  // of the newest save; 0: not read yet
};

}  // namespace gtidops
