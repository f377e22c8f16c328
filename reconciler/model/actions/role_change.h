// Actions that make another server the primary. The protocol is design.md's: everything slow before
// or after, and in between only what the clients wait for: freeze the old primary, wait until the
// new one holds all of it, open the new one.
#pragma once

#include "model/actions/read_only.h"
#include "model/actions/replica.h"
#include "model/serving.h"

namespace gtidops {

// How the writes under way are dealt with, and for how long.
struct SwitchLimits {
  Millis catch_up{60'000};
  Millis drain{10'000};
  LongTransactions long_transactions = LongTransactions::kKill;
};

// The semi-synchronous side of a switch. The old primary keeps as many acknowledgers as it waits
// for until it is frozen, or its commits hang, and the freeze with them; the new one must have its
// own before it opens. Its source side is switched on last before that: its applier would wait,
// too. That of the old one is switched off when clients write again: nobody commits there
// meanwhile, and the server takes up to a second for it (its thread that reads acknowledgements
// looks up only that often).
struct SemiSyncSwitch {
  int acknowledgers = 1;
  std::string source_from, source_to;  // ..._source_enabled, by the name that each server knows
  // Moved under the new primary between the freeze and the opening; `from` may be among them.
  std::vector<PointReplica> moved_late;
  std::string replica_from;  // ..._replica_enabled of `from`
};

// Freezes `from`, waits until `server` holds all of it, and opens `server`: one step, since nothing
// slow may come in between. Before `server` is opened everything is undone when something fails;
// afterwards there is only forward.
struct SwitchPrimary {
  static constexpr std::string_view kName = "switch_primary";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;  // the new primary
  std::string from;    // the old one
  std::string server_uuid, from_uuid;
  std::vector<std::string> others;   // every third server
  std::vector<std::string> excused;  // those of them that may stay unseen: never opened by anybody
  std::vector<std::string> followers;  // those of them that follow whoever is the primary
  OwnCommits own;                      // of every third server
  // `from` took writes when this was planned: if it refuses them before this freezes it, somebody
  // else is at work.
  bool from_was_open = false;
  SwitchLimits limits;
  std::optional<SemiSyncSwitch> semi_sync;
  // Where the old primary has gtidops' heartbeat: the topology whose row says, before the freeze,
  // who takes over. Empty: it has none, cannot write it, or too few would acknowledge it.
  std::string announced_in;
  // How many must acknowledge that commit on the old primary; 0: none.
  int announcement_waits_for = 0;
  // Of a switch that was committed before: `from` was frozen here, and need not be seen any more.
  std::optional<GtidSet> frozen_at;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kDisruptive; }
  [[nodiscard]] std::vector<std::string> touches() const;
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  // The old primary cannot be seen: may the committed switch be ended all the same?
  [[nodiscard]] Check ends_without_the_old(const Observation& seen, const ServerState& to) const;
  // Has a third server committed something since this was planned, which neither of the two holds?
  [[nodiscard]] Check others_committed_nothing(const Observation& seen) const;
  // In the order in which they run; what is only sometimes run is not among them.
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Takes the channel off a server that has been made the primary, or is to be it again.
struct DetachSource {
  static constexpr std::string_view kName = "detach_source";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::string source;           // whom it followed
  bool before_opening = false;  // it is closed still: a switch that moved it was given up

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Puts binlog_group_commit_sync_delay back after a switch that died while it braked.
struct ReleaseBrake {
  static constexpr std::string_view kName = "release_brake";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::int64_t microseconds = 0;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Does it forbid the change of roles? While the old primary is closed already, nobody takes writes,
// and a new one that serves only some is better than none.
bool forbids(const Hindrance& one, const ServerState& from);

// Why the old primary of a committed change of roles was surely opened again: a transaction of it
// beyond what it was frozen at, anywhere. Then clients were told of more than is known here. Empty:
// nothing shows it.
std::string opened_again(const Observation& seen, const std::string& from,
                         const std::string& from_uuid, const GtidSet& frozen_at);

// The statements of a switch, each in one place: the executor runs what the plan prints.
Statement freeze_writes(const std::string& server);
Statement open_writes(const std::string& server);
Statement read_executed(const std::string& server);
Statement await_executed(const std::string& server, const std::string& gtids, double seconds);
Statement read_brake(const std::string& server);
Statement set_brake(const std::string& server, std::int64_t microseconds);
// SET SCOPE name = ON or OFF.
Statement set_flag(const std::string& server, const std::string& scope, const std::string& name,
                   bool on);
Statement read_acknowledgers(const std::string& server);
// What `to` holds that `from` never had, apart from what `from` itself may have committed since it
// was looked at.
GtidSet errant_on(const ServerState& to, const ServerState& from);

}  // namespace gtidops
