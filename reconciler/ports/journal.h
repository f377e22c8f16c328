// Journal and Lease: the durable memory of what was begun, and the right to act at all.
//
// Thread-safety: one thread at a time. Errors: append() and save() fail when it is not durably
// written; then nothing may be done.
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
  // Where clients wait for every millisecond: written, so that it outlives this process, but not
  // forced to the disk. If the whole machine goes down before the next save(), load() gives what
  // was saved last, and an intent that is kSwitching then says may_have_committed.
  virtual Status save_soon(const Intent& intent) = 0;
  // What is remembered of the servers, where their sets merely grew: written at every look, so that
  // it outlives this process, but not forced to the disk. load() has it until the next save().
  virtual Status note(const Memory& memory) = 0;
  // One line of history: what is about to be done, or what came of it.
  virtual Status append(const std::string& line) = 0;
  // Is the lease still ours? Asked before every step.
  [[nodiscard]] virtual bool lease_held() const = 0;
};

}  // namespace gtidops
