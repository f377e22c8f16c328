// Draft: a plan while it is being made. The rules (decide/rules_*.cc) and the parts of the planner
// (decide/plan_*.cc) write into it.
//
// Thread-safety: used by one call of make_plan at a time.
#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "decide/assess.h"
#include "decide/goal.h"
#include "decide/untouched.h"
#include "model/intent.h"
#include "model/plan.h"
#include "model/rules.h"

namespace gtidops {

// A change of roles: the declared primary takes over from another server.
struct RoleChange {
  std::string from, to;
  bool opened = false;  // `to` is open already; only its channel is to be taken off
  std::vector<std::string> others, may_stay_unseen;  // as in SwitchPrimary
  // What the old primary held when it was frozen; set when an earlier pass committed the change.
  std::optional<GtidSet> frozen_at;
};

struct Draft {
  const Spec& spec;
  const Goal& goal;
  const Observation& seen;
  const Intent& intent;
  Assessment assessment;
  Plan plan;
  Stage stage = Stage::kSettings;  // of the part that is planning now
  // A rule forbids every step on these servers.
  std::set<std::string> blocked;
  // These servers may be made read-only and may be started, but not be given a source.
  std::set<std::string> unattachable;
  // Nor may these be started: what they would receive does harm.
  std::set<std::string> unstartable;
  // These replicas fetch from the source that they have what the declared one has purged, and are
  // moved afterwards.
  std::set<std::string> fetching;
  // Somebody works on these servers, so that one of them is down is not reported.
  std::set<std::string> maintained;
  // A rule forbids every step of the plan.
  bool all_blocked = false;
  // Suspended or observed only: then not even what an earlier pass began is ended.
  bool changes_nothing = false;
  std::optional<RoleChange> change;
  // This server acts as the primary and has a channel. The channel is taken off before anything
  // else is repaired.
  std::string detach_first;
  // These servers are open. Nothing else is done before they are closed.
  std::set<std::string> close_first;
  bool secret_told = false;
  // Refusals that a copy of another server cures. plan_provisioning() takes them back where it
  // plans that copy.
  std::vector<Finding> curable;

  Draft(const Spec& s, const Goal& g, const Observation& o, const Intent& i)
      : spec(s), goal(g), seen(o), intent(i), assessment(assess(s, g, o, i)) {}

  [[nodiscard]] bool may_touch(const std::string& server) const {
    return !all_blocked && blocked.count(server) == 0 && seen.state(server) != nullptr;
  }
  // May super_read_only of this server be changed?
  [[nodiscard]] bool may_set_read_only(const std::string& server) const {
    return may_touch(server) && !leaves_alone(spec, server, kReadOnlyObject);
  }
  [[nodiscard]] bool is_primary(const ServerSpec& server) const {
    return goal.is_primary(*server.name);
  }

  // Is the declared password of the replication user unusable? Reports it once, however many steps
  // need it. A password that is merely missing on this machine is a warning, and the steps are
  // planned all the same.
  [[nodiscard]] bool secret_is_no_good() {
    const auto& trouble = seen.replication_secret;
    if (!trouble) return false;
    if (!secret_told)
      (trouble->missing ? plan.warnings : plan.refusals)
          .push_back({"", rule::kReplicationSecret, trouble->why,
                      "look at replication.user.passwordFrom"});
    secret_told = true;
    return !trouble->missing;
  }

  // Does this plan open the declared primary in place of another server? False once it is open.
  [[nodiscard]] bool switching() const { return change && !change->opened; }

  // Does an earlier step of this plan take the channel off this server?
  [[nodiscard]] bool detaches(const std::string& server) const {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
      const auto* detach = std::get_if<DetachSource>(&step.action);
      return detach != nullptr && detach->server == server;
    });
  }

  // Refuses every step on this server; with an empty name, every step on all servers.
  void refuse(std::string server, std::string rule, std::string why, std::string hint) {
    if (server.empty())
      all_blocked = true;
    else
      blocked.insert(server);
    object(std::move(server), std::move(rule), std::move(why), std::move(hint));
  }
  // Refuses to give this server a source, or another one.
  void refuse_attach(std::string server, std::string rule, std::string why, std::string hint) {
    unattachable.insert(server);
    object(std::move(server), std::move(rule), std::move(why), std::move(hint));
  }
  // The same, unless another server is copied into it.
  void refuse_until_copied(std::string server, std::string rule, std::string why,
                           std::string hint) {
    refuse_attach(std::move(server), std::move(rule), std::move(why), std::move(hint));
    curable.push_back(plan.refusals.back());
  }
  // Refuses to let this server replicate. Threads that run already are not stopped: that is for a
  // person to decide.
  void refuse_replication(std::string server, std::string rule, std::string why, std::string hint) {
    unstartable.insert(server);
    refuse_attach(std::move(server), std::move(rule), std::move(why), std::move(hint));
  }
  // A refusal of one thing. The other steps of the server are still planned.
  void object(std::string server, std::string rule, std::string why, std::string hint) {
    plan.refusals.push_back({std::move(server), std::move(rule), std::move(why), std::move(hint)});
  }
  void warn(std::string server, std::string rule, std::string why, std::string hint) {
    plan.warnings.push_back({std::move(server), std::move(rule), std::move(why), std::move(hint)});
  }
  void differs(std::string server, std::string path, std::optional<std::string> desired,
               std::optional<std::string> observed) {
    if (ignores(spec, server, object_of_path(spec, path))) return;
    plan.differences.push_back(
        {std::move(server), std::move(path), std::move(desired), std::move(observed)});
  }
  void step(Action action, std::string why) {
    const std::vector<std::string> objects = objects_of(action);
    const bool untouched = std::any_of(
        objects.begin(), objects.end(),
        [&](const std::string& object) { return leaves_alone(spec, server_of(action), object); });
    if (untouched) return;
    const Risk risk = risk_of(action);
    plan.steps.push_back(
        {static_cast<int>(plan.steps.size()) + 1, std::move(action), risk, std::move(why), stage});
  }
};

// The rules: each judges one thing.
void rules_on_specification(Draft& draft);  // what this version does not do, suspend, maintenance
void rules_on_identity(Draft& draft);       // which servers can be reached, and are all distinct
void rules_on_settings(Draft& draft);       // is each server fit for GTID replication
void rules_on_primary(Draft& draft);      // is the declared primary the primary, and may it be one
void rules_on_role_change(Draft& draft);  // may it take over from the present primary
void rules_on_channels(Draft& draft);     // does a server replicate from an undeclared source
void rules_on_password(Draft& draft);     // is the replication user's declared password right
void rules_on_history(Draft& draft);      // errant, purged and missing transactions
// The hints on errant transactions once more, when a rule after rules_on_history() has found that
// it is undecided which server holds the truth.
void tell_errant_anew(Draft& draft);
void rules_on_memory(Draft& draft);  // is each server the same as before, and holds what it held
// The parts of the plan, in the order of their steps.
void plan_settings(Draft& draft);
void plan_semi_sync_at_once(Draft& draft);  // ends waits for acknowledgements that should not be
void plan_read_only(Draft& draft);
void plan_replication_user(Draft& draft);
void plan_replicas(Draft& draft);
// Called by plan_replicas, between the replicas that move before the switch and those after it.
void plan_switch(Draft& draft, std::optional<SemiSyncSwitch> semi_sync);
void plan_commit_throttle(Draft& draft);
// Takes the channel off the open server named in `detach_first`, and off the old primary of a
// switch that was given up, which follows the candidate already.
void plan_detach_the_old(Draft& draft);
// Was the channel configured and never started? Then whoever did that was interrupted in between.
bool never_started(const Channel& channel);
// Does the old primary of a switch follow the candidate, which was never opened?
bool given_up_after_moving(const Draft& draft);
// Does `server` replicate from `source` alone?
bool follows_only(const Draft& draft, const std::string& server, const std::string& source);
void plan_undo(Draft& draft);
void withhold_steps(Draft& draft);  // removes what the windows forbid now; after all other parts
void plan_proof(Draft& draft);
void plan_events(Draft& draft);
// Semi-synchronous replication in a change of roles: how many replicas may leave the old primary
// before it is frozen.
std::size_t may_move_before(const Draft& draft);
// `lacking`: how many more replicas must follow the new primary before it is opened. nullopt: it is
// not semi-synchronous.
std::optional<SemiSyncSwitch> semi_sync_of_switch(const Draft& draft, std::size_t& lacking);
void plan_semi_sync_of_the_old(Draft& draft);
void plan_semi_sync_of_the_new(Draft& draft);
const SemiSync* semi_sync_of(const Draft& draft, const std::string& server);
// The variable that makes its commits wait for acknowledgements, when it is ON; empty: it is OFF.
std::string semi_sync_source_that_is_on(const Details& details);
void mark_acknowledgers(Draft& draft);  // sets PointReplica::acknowledges in the steps
void plan_semi_sync(Draft& draft);      // after all else, so that it delays nothing
// What is under way of copies; before the rules that judge what the servers hold.
void rule_copies_under_way(Draft& draft);
void plan_drop_copy_account(Draft& draft);
void plan_provisioning(Draft& draft);
void plan_privileges(Draft& draft);
// Is it known that the primary refuses a login of the replication user with the declared password?
bool password_is_refused(const Draft& draft);
std::string password_hint(const Draft& draft);
// Is it known that the primary accepts the declared password? Only then is it given to a channel
// that works with another one.
bool may_tell_password(const Draft& draft);
// Could failed logins with the declared password lock the account for the channels that work?
bool password_may_lock(const Draft& draft);
std::string untried_password(const Draft& draft);        // why the password could not be tried
std::string proof_of_password_hint(const Draft& draft);  // how a person can find out
// Puts the declared options in force on the channels as they are, before the roles change.
void plan_options_first(Draft& draft);
void plan_prune_users(Draft& draft);  // destructive, so last

// The server that this one will replicate from after the steps planned so far; empty: none.
std::string source_afterwards(const Draft& draft, const ServerSpec& server);
// Is it known that no schema of users on this server has a table?
bool holds_no_data(const ServerState& state);
// Nothing is remembered of a primary, the declared one holds no data, and this server does: perhaps
// this one was the primary, and the declared one was installed anew.
bool perhaps_was_the_primary(const Draft& draft, const std::string& server);
// What a replica lacks of its source although its channel runs, and that the channel will not bring
// any more.
GtidSet gap_of(const Draft& draft, const ServerSpec& server);
// Will the primary's writes reach this server after the steps planned so far?
bool will_receive(const Draft& draft, const ServerSpec& server);
// Will they arrive late, because this server or one between it and the primary is delayed?
bool will_receive_late(const Draft& draft, const ServerSpec& server);
// "a", "a and b", "a, b and c".
std::string join_names(const std::vector<std::string>& names);

}  // namespace gtidops
