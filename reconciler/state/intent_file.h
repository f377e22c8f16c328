// IntentFile: a topology's intent in files:
//
// - TOPOLOGY.intent is on the disk when save() returns.
// - TOPOLOGY.intent.soon and TOPOLOGY.intent.soon.1 are written in turn, in place, and not forced:
//   clients wait meanwhile, and making or renaming a file waits for whatever the file system is
//   forcing to the disk just then (4 ms at the 95th percentile, in place of 0.1). The kernel keeps
//   them when this process dies, and loses them only when the machine goes down. So each save notes
//   the machine's boot: a kSwitching from another boot may have been followed by a kCommitted that
//   is lost.
// - TOPOLOGY.intent.seen is the memory of the servers (model/memory.h) as of the newest look. It is
//   written in place and never forced, so that a look at an idle topology costs the disk nothing.
//
// Of the first and the second kind, the file that was written last counts; a damaged one of the
// second kind does not: then the one before it does. The memory is in the first file, not in the
// second kind, because clients wait for that. The memory in the last file replaces it unless that
// file is damaged or older. A first file without memory (of an older version) is read as an empty
// memory.
//
// SQLite (WAL) was measured beside this on ext4, medians of 300: a forced save 4.0 ms against 12.0
// (one fsync against three), save_soon() 0.006 ms against 0.1, note() 0.02 ms each, a forced line
// of the journal 4.0 ms each. Clients wait for save_soon() alone, and 0.1 ms is little of a switch;
// files need no shared memory, so that they work on any volume, and a person can read them.
//
// Thread-safety: one thread at a time. Errors: kInvalid for a damaged intent, with what to do;
// kFailed for what the system refuses.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/intent.h"
#include "ports/intent_store.h"

namespace gtidops {

// What one of the files holds.
struct SavedIntent {
  Intent intent;
  std::uint64_t sequence = 0;
  std::string boot;
};

class IntentFile : public IntentStore {
 public:
  IntentFile(const std::filesystem::path& folder, const std::string& topology);

  Result<Intent> load() override;
  Status save(const Intent& intent) override;
  Status save_soon(const Intent& intent) override;
  Status note(const Memory& memory) override;

 private:
  // Every save has a higher number than all before it: the fencing token of the state folder. A
  // process that finds another number on the disk than that of its own last load() or save() has
  // lost the lease.
  Result<std::uint64_t> next_sequence();
  Result<std::optional<SavedIntent>> newest_soon();

  // The two files of save_soon(): those with an odd and an even number are told apart.
  [[nodiscard]] const std::filesystem::path& soon_path(std::uint64_t sequence) const {
    return soon_paths_[sequence % 2];
  }

  const std::filesystem::path path_, seen_path_;
  const std::array<std::filesystem::path, 2> soon_paths_;
  std::uint64_t sequence_ = 0;  // of the newest save; 0: not read yet
};

}  // namespace gtidops
