// Stage: where in a plan a step stands, and why there. The steps of a plan go through the stages in
// this order and never back (tests/scenarios/invariants.h).
//
// Thread-safety: plain values. Errors: none.
#pragma once

namespace gtidops {

enum class Stage {
  // A commit delay that an interrupted switch left raised is put back first: every client waits
  // for it.
  kCommitDelay,
  // A channel that was left on an open server, or on one that is to be open, is removed before any
  // other channel is changed: it may bring in transactions of a server that is about to follow this
  // one.
  kChannelsLeft,
  // GTIDs, server_id and persisted settings: no channel works without them, and no server that
  // restarts in the middle of the plan may come back writable.
  kSettings,
  // A server that waits for acknowledgements and should not stops waiting: else the next step that
  // commits there hangs.
  kSemiSyncLetGo,
  // All other servers are closed before the primary is opened, so that two never take writes.
  kWriters,
  // The account that receivers log in with is created by an ordinary transaction, which needs an
  // open primary.
  kReplicationUser,
  // A source comes before its replicas. In a change of roles, the replicas that move before the
  // switch come first, then the switch, then the replicas that move after it.
  kReplicas,
  // The channels are verified, and a write on the primary is read on every replica.
  kProof,
  // Events run where the writes are, so they are enabled only when it is certain which server that
  // is.
  kEvents,
  // Commits begin to wait for acknowledgements when the replicas that give them are known to work.
  kSemiSync,
  // A copy reads a whole donor for hours: it is begun when everything else is repaired.
  kCopies,
  // Accounts and privileges are taken away last: the proof has shown that replication works with
  // what is declared.
  kPrivileges,
  // A switch that cannot go on is undone, or the old primary takes the writes until it can go on.
  kWayBack,
};

}  // namespace gtidops
