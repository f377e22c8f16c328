// Action: everything that gtidops can do to a server, as a closed variant. A new action is one file
// in model/actions/ and one line here; the compiler refuses one that lacks a part
// (model/actions/common.h lists them).
//
// Thread-safety: plain values.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/actions/drop_user.h"
#include "model/actions/events.h"
#include "model/actions/proof.h"
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

using Action = ClosedVariant<                                   //
    SetGtidMode, SetServerId,                                   //
    PersistReadOnly, SetReadOnly, OpenWrites,                   //
    CreateReplicationUser, GrantReplication, RevokePrivileges,  //
    PointReplica, StartReplica,                                 //
    SwitchPrimary, DetachSource, ReleaseBrake, EnableEvents,    //
    LoadSemiSync, ConfigureSemiSync, SetSemiSyncReplica,        //
    RestartReceiver, AwaitAcknowledgers, SetSemiSyncSource,     //
    AwaitReplication, Canary, MendHeartbeat, DropUser>;

std::string_view name_of(const Action& action);
const std::string& server_of(const Action& action);
std::string describe(const Action& action);
Risk risk_of(const Action& action);
std::vector<std::string> touches(const Action& action);
Depth depth_of(const Action& action);
Check precondition(const Action& action, const Observation& seen);
Check postcondition(const Action& action, const Observation& seen);
std::vector<Statement> statements(const Action& action, const Version& version);
// Is it destructive, and permitted only by whoever runs it? What the specification itself asks for
// (reconcile.prune) is not.
bool needs_permission(const Action& action);
// May a later step rest on it? What was refused or has failed holds back the later steps on its
// server only then: accounts and privileges that go away, events, and a proof are in nobody's way.
bool later_steps_need(const Action& action);
// Is it run though its postcondition holds already? A proof is of the moment; a look tells neither
// which password a channel has, nor whether a statement of somebody who is gone will raise the
// commit delay again, which was sent and has not landed yet.
bool runs_even_if_so(const Action& action);
// Is it a proof of the moment, which is made again even when it held before?
bool is_proof(const Action& action);

}  // namespace gtidops
