// Action: everything that gtidops can do to a server, as a closed variant. A new action is one file
// in model/actions/ and one line here. An action that lacks a part (model/actions/common.h lists
// the parts) does not compile.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/actions/drop_user.h"
#include "model/actions/events.h"
#include "model/actions/proof.h"
#include "model/actions/provision.h"
#include "model/actions/read_only.h"
#include "model/actions/replica.h"
#include "model/actions/replication_user.h"
#include "model/actions/role_change.h"
#include "model/actions/semi_sync.h"
#include "model/actions/settings.h"

namespace gtidops {

template <class A>
concept IsAction = requires(const A& action, const Observation& seen, const Version& version) {
  { A::kName } -> std::convertible_to<std::string_view>;
  { A::kDepth } -> std::convertible_to<Depth>;
  { action.server } -> std::convertible_to<std::string>;
  { action.describe() } -> std::same_as<std::string>;
  { action.risk() } -> std::same_as<Risk>;
  { action.touches() } -> std::same_as<std::vector<std::string>>;
  { action.precondition(seen) } -> std::same_as<Check>;
  { action.postcondition(seen) } -> std::same_as<Check>;
  { action.statements(version) } -> std::same_as<std::vector<Statement>>;
};

template <IsAction... Each>
using ClosedVariant = std::variant<Each...>;

using Action = ClosedVariant<                                          //
    SetGtidMode, SetServerId,                                          //
    PersistReadOnly, SetReadOnly, OpenWrites,                          //
    CreateReplicationUser, GrantReplication, RevokePrivileges,         //
    PointReplica, StartReplica,                                        //
    SwitchPrimary, DetachSource, ReleaseCommitThrottle, EnableEvents,  //
    LoadSemiSync, ConfigureSemiSync, SetSemiSyncReplica,               //
    RestartReceiver, AwaitAcknowledgers, SetSemiSyncSource,            //
    AwaitReplication, Canary, MendHeartbeat, DropUser,                 //
    LoadClone, CreateCopyAccount, DropCopyAccount, StartCopy>;

std::string_view name_of(const Action& action);
const std::string& server_of(const Action& action);
// The name of the channel that it acts on; empty: the default channel, or none.
const std::string& channel_of(const Action& action);
std::string describe(const Action& action);
Risk risk_of(const Action& action);
std::vector<std::string> touches(const Action& action);
Depth depth_of(const Action& action);
Check precondition(const Action& action, const Observation& seen);
Check postcondition(const Action& action, const Observation& seen);
std::vector<Statement> statements(const Action& action, const Version& version);
// Is it destructive, so that the person who runs the plan must permit it? An action that the
// specification itself asks for (reconcile.prune) needs no permission.
bool needs_permission(const Action& action);
// May a later step on the same server need it? When this action is refused or fails, later steps
// are held back only then. Dropping accounts or privileges, enabling events and the canary are
// needed by no later step.
bool later_steps_need(const Action& action);
// Is it run although its postcondition holds already? A proof is about this moment. A look does not
// tell which password a channel or the account of a copy has. Events are enabled once more for the
// sake of the replicas. Nor does it tell whether a statement
// of a dead process, which raises the commit delay, is still on its way to the server.
bool runs_even_if_so(const Action& action);
// Is it a proof, which is made again even when it held before?
bool is_proof(const Action& action);

}  // namespace gtidops
