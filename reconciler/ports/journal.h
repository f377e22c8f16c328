// Journal: the durable memory of a topology, and the lease on its state directory.
//
// Thread-safety: one thread at a time. Errors: append() and save() fail if the data is not durably
// written; then nothing may be done to the servers.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/intent.h"

namespace gtidops {

class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  // The intent last saved; a fresh one when there is none. A damaged file is an error, never a
  // fresh intent.
  virtual Result<Intent> load() = 0;
  virtual Status save(const Intent& intent) = 0;
  // For moments in which clients wait. The intent is written, so that it outlives this process, but
  // not forced to the disk. If the whole machine goes down before the next save(), load() returns
  // what was saved last; an intent that is kSwitching then says may_have_committed.
  virtual Status save_soon(const Intent& intent) = 0;
  // Writes the memory of the servers when their sets merely grew. That happens at every look, so it
  // is not forced to the disk; it does outlive this process. load() includes it until the next
  // save().
  virtual Status note(const Memory& memory) = 0;
  // One line of history: what is about to be done, or what came of it.
  virtual Status append(const std::string& line) = 0;
  // Is the lease still ours? Asked before every step.
  [[nodiscard]] virtual bool lease_held() const = 0;
};

}  // namespace gtidops
