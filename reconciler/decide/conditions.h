// conditions: the state of a topology in seven words, as `kubectl get` users know them.
//
//   Ready            clients are served: the declared primary takes writes, nobody else does, and
//                    the topology is Healthy
//   Synced           live is as declared; Unknown while nothing differs but a server cannot be read
//   Healthy          every server can be read, every declared replica replicates without an error;
//                    a server in maintenance is not judged
//   Reconciling      there are steps to do
//   Stalled          something is refused and nothing else is left to do: a person is needed
//   Suspended        the specification says to keep hands off
//   PrimaryDiverged  another server than the declared one acts as the primary
//
// `reason` is one CamelCase word for machines; where a rule of the planner is behind it, it is the
// rule's name (errant-transactions: ErrantTransactions). `message` is for people, and may hold text
// that came from a server.
//
// Thread-safety: pure functions. Errors: none; what cannot be told is Unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

struct Condition {
  enum class Status { kTrue, kFalse, kUnknown };
  std::string type;
  Status status = Status::kUnknown;
  std::string reason;
  std::string message;
  std::optional<Moment> since;  // when the status became what it is; nullopt: not known
  friend bool operator==(const Condition&, const Condition&) = default;
};

// "True", "False", "Unknown".
std::string_view status_name(Condition::Status status);

// All seven, in the order above, without `since`. `plan` was made from `seen`; after an apply it is
// the plan of what is left.
std::vector<Condition> conditions(const Spec& spec, const Observation& seen, const Plan& plan);

// Is Ready False only because of replicas? Then the primary takes writes, and no other server does.
bool tells_of_replicas_only(const Condition& ready);

// Is nothing done because the specification says so (suspended, or reconcile.mode: observe)?
bool is_paused(const Plan& plan);

// May the daemon write the heartbeat on the declared primary, by this look and this plan? The
// primary must be writable and have no channel. No heartbeat is written on a server that is not
// known to be the primary, nor on a primary that has lost transactions: there each heartbeat would
// reuse the GTID of a lost transaction.
bool may_write_heartbeat(const Spec& spec, const Observation& seen, const Plan& plan);

// Ready becomes False: the primary seems to take writes, but several heartbeats in a row were not
// committed. `error`: the last error.
void doubt_ready(std::vector<Condition>& now, const std::string& primary, const std::string& error);

// `now` with `since`: that of `before` where the status is the same (also when it is nullopt), else
// `at`. REQUIRES: the caller has watched since `before`, or begins to watch (then `before` is
// empty).
std::vector<Condition> with_since(std::vector<Condition> now, const std::vector<Condition>& before,
                                  Moment at);
// The same for a caller that has not watched. Where the status differs from `before`, nobody knows
// since when, so `since` stays nullopt.
std::vector<Condition> with_known_since(std::vector<Condition> now,
                                        const std::vector<Condition>& before);

}  // namespace gtidops
