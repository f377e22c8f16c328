// IntentStore: the durable memory of a topology.
//
// Thread-safety: one thread at a time. Errors: save() and save_soon() fail if the intent is not
// written; then nothing may be done to the servers.
#pragma once

#include "base/result.h"
#include "model/intent.h"

namespace gtidops {

class IntentStore {
 public:
  IntentStore() = default;
  IntentStore(const IntentStore&) = delete;
  IntentStore& operator=(const IntentStore&) = delete;
  virtual ~IntentStore() = default;

  // The intent last saved; a fresh one when there is none. A damaged one is an error, never a fresh
  // intent.
  virtual Result<Intent> load() = 0;
  // The intent is on the disk when this returns.
  virtual Status save(const Intent& intent) = 0;
  // For moments in which clients wait. The intent is written, so that it outlives this process, but
  // not forced to the disk. If the whole machine goes down before the next save(), load() returns
  // what was saved last; an intent that is kSwitching then says may_have_committed. The memory of
  // the servers in it is not written: load() returns the one that was saved or noted last.
  virtual Status save_soon(const Intent& intent) = 0;
  // Writes the memory of the servers when their sets merely grew. That happens at every look, so it
  // is not forced to the disk; it does outlive this process. load() includes it until the next
  // save().
  virtual Status note(const Memory& memory) = 0;
};

}  // namespace gtidops
