// StatePorts: what gtidops keeps of a topology between its runs, as three ports.
//
// Thread-safety: one thread at a time. Errors: those of the ports.
#pragma once

#include "ports/intent_store.h"
#include "ports/journal.h"
#include "ports/lease.h"

namespace gtidops {

// References to the ports, which must outlive it.
struct StatePorts {
  Lease& lease;
  IntentStore& intents;
  Journal& journal;
};

// Whoever opens a topology's state has its lease for as long as this object lives.
class OpenState {
 public:
  OpenState() = default;
  OpenState(const OpenState&) = delete;
  OpenState& operator=(const OpenState&) = delete;
  virtual ~OpenState() = default;

  // Valid as long as this object lives.
  [[nodiscard]] virtual StatePorts ports() = 0;
};

}  // namespace gtidops
