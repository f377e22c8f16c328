// role_change: actions that make another server the primary. Everything slow is done before the
// switch or after it. Clients wait only while the old primary is frozen, the new one gets all of
// its transactions, and the new one is opened (execute/switch_primary.cc).
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/read_only.h"
#include "model/actions/replica.h"
#include "model/serving.h"

namespace gtidops {

// How long a switch waits for what, and what it does about long transactions.
struct SwitchLimits {
  Millis catch_up{60'000};
  Millis drain{10'000};
  LongTransactions long_transactions = LongTransactions::kKill;
};

// The semi-synchronous part of a switch. Until the freeze, the old primary keeps as many
// acknowledgers as it waits for: else its commits hang, and the freeze with them. The new primary
// has its own acknowledgers before it is opened. Its source side is switched on right before the
// opening, because its applier would wait for acknowledgements, too. The source side of the old
// primary is switched off after clients write again: nobody commits there any more, and switching
// it off takes up to a second (the server's thread that reads acknowledgements checks only that
// often).
struct SemiSyncSwitch {
  int acknowledgers = 1;
  std::string source_from, source_to;  // ..._source_enabled, by the name that each server knows
  // Replicas that move under the new primary between freeze and opening; `from` may be one of them.
  std::vector<PointReplica> moved_late;
  std::string replica_from;  // ..._replica_enabled of `from`
};

// Freezes `from`, waits until `server` holds all of its transactions, and opens `server`: one step,
// because nothing slow may come in between. When something fails before `server` is opened,
// everything is undone; after that there is no way back.
struct SwitchPrimary {
  static constexpr std::string_view kName = "switch_primary";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;  // the new primary
  std::string from;    // the old one
  std::string server_uuid, from_uuid;
  std::vector<std::string> others;  // all servers but these two
  // Those of `others` that may stay unseen, because it is known that they stay closed.
  std::vector<std::string> may_stay_unseen;
  // Those of `others` that declare no source of their own, so that they follow the primary.
  std::vector<std::string> followers;
  OwnCommits own;  // of `others`
  // `from` took writes when this was planned. If it is read-only before this step freezes it,
  // somebody else has closed it, and the step is refused.
  bool from_was_open = false;
  SwitchLimits limits;
  std::optional<SemiSyncSwitch> semi_sync;
  // The topology in whose heartbeat row the old primary writes, right before the freeze, which
  // server takes over (the announcement). Empty: the old primary has no such table or cannot write
  // it, or too few replicas would acknowledge it.
  std::string announced_in;
  // How many replicas must acknowledge the announcement's commit; 0: none.
  int announcement_waits_for = 0;
  // Set for a switch that an earlier pass committed: gtid_executed of `from` when it was frozen.
  // `from` need not be seen any more.
  std::optional<GtidSet> frozen_at;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kDisruptive; }
  [[nodiscard]] std::vector<std::string> touches() const;
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  // May the committed switch be ended although the old primary cannot be seen?
  [[nodiscard]] Check ends_without_the_old(const Observation& seen, const ServerState& to) const;
  // Has no other server committed anything since this was planned that neither of the two holds?
  [[nodiscard]] Check others_committed_nothing(const Observation& seen) const;
  // The statements that are always run, in their order.
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Removes the channel of a server that has become the primary, or is to be it again.
struct DetachSource {
  static constexpr std::string_view kName = "detach_source";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::string source;           // the server that it replicated from
  bool before_opening = false;  // it is still closed: the switch that had moved it was given up
  std::string channel_name = {};

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Puts binlog_group_commit_sync_delay back after a process died that had raised it for a switch.
struct ReleaseCommitThrottle {
  static constexpr std::string_view kName = "release_commit_throttle";
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

// Does this hindrance forbid the change of roles? When the old primary is closed already, no server
// takes writes, and a new primary that serves only some clients is better than none.
bool forbids(const Hindrance& one, const ServerState& from);

// The proof that the old primary of a committed change of roles was opened again: a server holds a
// transaction of it beyond `frozen_at`. Clients were then told of commits that may not be known
// here. Empty: there is no such proof.
std::string opened_again(const Observation& seen, const std::string& from,
                         const std::string& from_uuid, const GtidSet& frozen_at);

// The statements of a switch, each in one place: the executor runs what the plan prints.
Statement freeze_writes(const std::string& server);
Statement open_writes(const std::string& server);
Statement read_executed(const std::string& server);
Statement await_executed(const std::string& server, const std::string& gtids, double seconds);
Statement read_commit_delay(const std::string& server);
Statement set_commit_delay(const std::string& server, std::int64_t microseconds);
// SET `scope` `name` = ON or OFF.
Statement set_flag(const std::string& server, const std::string& scope, const std::string& name,
                   bool on);
Statement read_acknowledgers(const std::string& server);
// What `to` holds and `from` lacks, without transactions of `from` itself, which it may have
// committed since it was looked at.
GtidSet errant_on(const ServerState& to, const ServerState& from);

}  // namespace gtidops
