// Draft: a plan while it is being made. The rules (decide/rules_*.cc) and the parts of the planner
// write into it.
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

// The declared primary is to take over from another server.
struct RoleChange {
  std::string from, to;
  bool opened = false;                       // it has, and is only to be taken off its source
  std::vector<std::string> others, excused;  // as SwitchPrimary has them
  std::optional<GtidSet> frozen_at;
};

struct Draft {
  const Spec& spec;
  const Goal& goal;
  const Observation& seen;
  const Intent& intent;
  Assessment assessment;
  Plan plan;
  Stage stage = Stage::kSettings;  // of the part that plans now
  // Nothing may be done to these: a rule forbids it.
  std::set<std::string> blocked;
  // These may be made read-only and started, but not pointed at a source.
  std::set<std::string> unattachable;
  // Nor may these be started: whatever arrives would do harm.
  std::set<std::string> unstartable;
  // Somebody works on these, so that being down is no news.
  std::set<std::string> maintained;
  // Nothing may be done at all.
  bool all_blocked = false;
  // And by the specification's will, so not even what was begun is ended.
  bool hands_off = false;
  std::optional<RoleChange> change;
  // This one acts as the primary and has a channel: nothing else before that is mended.
  std::string detach_first;
  // These are open, and nothing else is done before they are closed.
  std::set<std::string> close_first;
  bool secret_told = false;

  Draft(const Spec& s, const Goal& g, const Observation& o, const Intent& i)
      : spec(s), goal(g), seen(o), intent(i), assessment(assess(s, g, o, i)) {}

  [[nodiscard]] bool may_touch(const std::string& server) const {
    return !all_blocked && blocked.count(server) == 0 && seen.state(server) != nullptr;
  }
  // May it be made read-only, or writable?
  [[nodiscard]] bool may_set_read_only(const std::string& server) const {
    return may_touch(server) && !leaves_alone(spec, server, kReadOnlyObject);
  }
  [[nodiscard]] bool is_primary(const ServerSpec& server) const {
    return goal.is_primary(*server.name);
  }

  // Is the replication user's password no good? Says so, once, of what would have needed it.
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

  // Is a server not open yet, and to be opened in place of another?
  [[nodiscard]] bool switching() const { return change && !change->opened; }

  // Says no to everything on this server (or, with an empty name, on all).
  void refuse(std::string server, std::string rule, std::string why, std::string hint) {
    if (server.empty())
      all_blocked = true;
    else
      blocked.insert(server);
    object(std::move(server), std::move(rule), std::move(why), std::move(hint));
  }
  // Says no to giving this server a source, or another one.
  void refuse_attach(std::string server, std::string rule, std::string why, std::string hint) {
    unattachable.insert(server);
    object(std::move(server), std::move(rule), std::move(why), std::move(hint));
  }
  // Says no to letting this server replicate at all. One whose threads run goes on: stopping it is
  // for a person to decide.
  void refuse_replication(std::string server, std::string rule, std::string why, std::string hint) {
    unstartable.insert(server);
    refuse_attach(std::move(server), std::move(rule), std::move(why), std::move(hint));
  }
  // A refusal of one thing that leaves the rest of the server's steps alone.
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

// Rules: each looks at one thing and says what it means.
void rules_on_specification(Draft& draft);  // what this version does not do, suspend, maintenance
void rules_on_identity(Draft& draft);       // who can be reached, and is everyone somebody else
void rules_on_settings(Draft& draft);       // is each server fit for GTID replication
void rules_on_primary(Draft& draft);      // is the declared primary the primary, and may it be one
void rules_on_role_change(Draft& draft);  // may it take over from the one that is the primary
void rules_on_channels(Draft& draft);     // does anybody replicate from where nobody declared
void rules_on_password(Draft& draft);     // is the replication user's declared password right
void rules_on_history(Draft& draft);      // errant, purged and missing transactions
void rules_on_memory(Draft& draft);       // is everyone who it was, and does it hold what it held
// Parts of the plan, in the order of their steps.
void plan_settings(Draft& draft);
void plan_semi_sync_at_once(Draft& draft);  // lets go whoever waits and should not
void plan_read_only(Draft& draft);
void plan_replication_user(Draft& draft);
void plan_replicas(Draft& draft);
// Called by plan_replicas, between who moves before and after.
void plan_switch(Draft& draft, std::optional<SemiSyncSwitch> semi_sync);
void plan_brake(Draft& draft);
// The old primary of a switch that was given up follows the new one already, and is to be open.
void plan_detach_the_old(Draft& draft);
// Was it told where its source is, and then never started? Somebody was interrupted in between.
bool never_started(const Channel& channel);
bool given_up_after_moving(const Draft& draft);
// Does `server` replicate from `source` alone?
bool follows_only(const Draft& draft, const std::string& server, const std::string& source);
void plan_undo(Draft& draft);
void withhold_steps(Draft& draft);  // what the windows forbid now; when all others have planned
void plan_proof(Draft& draft);
void plan_events(Draft& draft);
// Of a change of roles: how many replicas may leave the old primary before it is frozen, and who
// has which side afterwards.
std::size_t may_move_before(const Draft& draft);
// How `lacking`: so many more must follow the new primary before it is opened. nullopt: it is not
// semi-synchronous.
std::optional<SemiSyncSwitch> semi_sync_of_switch(const Draft& draft, std::size_t& lacking);
void plan_semi_sync_of_the_old(Draft& draft);
void plan_semi_sync_of_the_new(Draft& draft);
const SemiSync* semi_sync_of(const Draft& draft, const std::string& server);
// The variable by which its commits wait for acknowledgements, when it is ON; empty: it is not.
std::string semi_sync_source_that_is_on(const Details& details);
void mark_acknowledgers(Draft& draft);  // of the steps: PointReplica::acknowledges
void plan_semi_sync(Draft& draft);      // when all else is done: it shall not stand in its way
void plan_privileges(Draft& draft);
// Is it known that the primary does not let the replication user in with the declared password?
bool password_is_refused(const Draft& draft);
std::string password_hint(const Draft& draft);
// Is it known that the primary takes the declared password, so that a channel which works with
// another one may be told it?
bool may_tell_password(const Draft& draft);
// Would a channel that tries the declared password lock the account for those that work, perhaps?
bool password_may_lock(const Draft& draft);
std::string untried_password(const Draft& draft);        // why nobody knows
std::string proof_of_password_hint(const Draft& draft);  // and how a person finds out
// Before roles change: what is declared of the channels is put in force where they are.
void plan_options_first(Draft& draft);
void plan_prune_users(Draft& draft);  // destructive, so last

// Beside `old`, the closed primary of a change of roles that an earlier pass has not finished
// (nullptr: it cannot be seen either): may `unseen` be taken for closed, as it was then? While the
// old one stands closed, people and other programs open another. So only when the old one was
// restarted and not closed by somebody; or within a minute, when nobody listens at the other one's
// address.
bool stays_closed_unseen(const Draft& draft, const ServerState* old, const std::string& unseen);

// Servers that are remembered, are declared no more and seen under no other name, and may take
// writes: those that were open or may be, and unless `established` each of them. To take a server
// out of the file closes it on no machine.
std::vector<std::string> taken_out_and_perhaps_open(const Draft& draft, bool established);

// Does anybody follow this server who is not declared to?
bool leads_undeclared(const Draft& draft, const std::string& server);
// The channel of this server whose receiver runs, and whose source is none of the servers seen,
// though it is not one that merely cannot be reached. nullptr: none.
// `to_be_opened`: it is asked before the declared primary, which is closed, is opened: then one
// that tries to connect again to such a source counts too, where no primary is known.
const Channel* source_out_of_sight(const Draft& draft, const std::string& server,
                                   bool to_be_opened = false);
// When any server has one: "<what>: db2 is connected to ...", and what to do.
struct Objection {
  std::string why, hint;
};
std::optional<Objection> beside_a_live_source(const Draft& draft, const std::string& what,
                                              bool to_be_opened = false);
bool another_is_followed(const Observation& seen, const std::string& uuid);
bool successor_is_out_of_sight(const Observation& seen, const ServerState& state);
void rule_nobody_follows_the_open_one(Draft& draft);
// Whom this server will replicate from when the plan, as far as it is made, is done; empty when it
// will not.
std::string source_afterwards(const Draft& draft, const ServerSpec& server);
// What a replica lacks of its source, and its running channel will not bring any more.
GtidSet gap_of(const Draft& draft, const ServerSpec& server);
// Will what the primary writes come to this server then, as far as can be seen?
bool will_receive(const Draft& draft, const ServerSpec& server);
// And will it come late, because this server or one on the way is delayed?
bool will_receive_late(const Draft& draft, const ServerSpec& server);
// "a", "a and b", "a, b and c".
std::string join_names(const std::vector<std::string>& names);

}  // namespace gtidops
