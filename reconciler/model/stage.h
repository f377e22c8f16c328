// Stage: where in a plan a step stands, and why there. The steps of a plan go through the stages in
// this order and never back (tests/scenarios/invariants.h).
//
// Thread-safety: plain values.
#pragma once

namespace gtidops {

enum class Stage {
  // A commit delay that an interrupted switch left raised is put back first: every client waits
  // for it.
  kCommitDelay,
  // A channel that was left on an open server, or on one that is to be open, is taken off before
  // anybody else's is changed: it may bring transactions of the one that follows next.
  kChannelsLeft,
  // GTIDs, server_id and what must be persisted: no channel works without, and no server that
  // restarts in the middle of the plan may come back writable.
  kSettings,
  // Who waits for acknowledgements and should not is let go: else the next step that commits hangs.
  kSemiSyncLetGo,
  // First everybody else is closed, then the primary is opened, so that two never take writes.
  kWriters,
  // The account that receivers log in with: an ordinary transaction, which needs an open primary.
  kReplicationUser,
  // Sources before those that follow them. In a change of roles: who moves before it, the switch,
  // who moves after it.
  kReplicas,
  // What was done is verified, and a write on the primary read on every replica.
  kProof,
  // Events run where the writes are, and only when it is certain which server that is.
  kEvents,
  // Waiting for acknowledgements begins when those who give them are known to replicate.
  kSemiSync,
  // What is taken away goes last: whatever rests on it has been seen to work without.
  kPrivileges,
  // The way back of a switch that cannot go on; and who takes the writes until it can.
  kWayBack,
};

}  // namespace gtidops
