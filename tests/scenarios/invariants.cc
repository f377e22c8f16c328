#include "scenarios/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/own_judgement.h"

namespace gtidops::testing {
namespace {

// A refusal by one of these rules is of the whole server; with no server, of the whole topology.
const std::set<std::string> kWholeServer{
    "unreachable", "version-too-old",    "duplicate-server-uuid", "group-replication",
    "privileges",  "performance-schema", "gtid-migration",        "existing-data"};
const std::set<std::string> kWholeTopology{"suspended",      "observe-mode",   "same-server-twice",
                                           "foreign-source", "primary-change", "primary-diverged"};
const std::set<std::string> kNoSource{
    "stray-channel",       "source-identity",  "unrecoverable",       "data-missing",
    "history-before-gtid", "log-bin",          "binlog-filter",       "replication-filter",
    "unapplied-relay-log", "source-not-ready", "log-replica-updates", "errant-transactions",
    "version-order"};

struct Judge {
  const Spec& spec;
  const Observation& seen;
  const Intent& intent;
  const Plan& plan;
  std::vector<std::string> broken;

  void expect(bool holds, const std::string& sentence) {
    if (!holds) broken.push_back(sentence);
  }
  [[nodiscard]] bool refused(const std::string& server, const std::set<std::string>& rules) const {
    return std::any_of(plan.refusals.begin(), plan.refusals.end(), [&](const Finding& finding) {
      return finding.server == server && rules.count(finding.rule) > 0;
    });
  }
  [[nodiscard]] bool in_maintenance(const std::string& server) const {
    const auto& maintenance = spec.server(server)->maintenance;
    return maintenance &&
           !(maintenance->until->has_value() && seen.taken_at >= **maintenance->until);
  }
  // Is there a step of this kind for the server before this one?
  template <class A>
  [[nodiscard]] bool earlier(const Step& step, const std::string& server) const {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& other) {
      return other.id < step.id && std::holds_alternative<A>(other.action) &&
             server_of(other.action) == server;
    });
  }

  // With the primary in force: whoever has no source declared follows that one.
  [[nodiscard]] std::string declared_source(const std::string& server) const {
    const std::string primary = own_primary(spec, seen, intent);
    const auto& declared = spec.server(server)->source;
    return declared.declared ? *declared : primary;
  }

  // The order of the plan, and that nothing rests on what comes later.
  void stages() {
    Stage before = Stage::kCommitDelay;
    for (const Step& step : plan.steps) {
      expect(step.stage >= before,
             fmt::format("step {} belongs to an earlier stage than the one before it", step.id));
      before = step.stage;
      for (const Need& need : step.needs)
        for (const int id : need.one_of)
          expect(id > 0 && id < step.id, fmt::format("step {} needs step {}", step.id, id));
    }
  }

  void everything_is_said() {
    int id = 0;
    for (const Step& step : plan.steps) {
      expect(step.id == ++id, "the steps are not numbered from 1");
      expect(!step.why.empty(), "step " + std::to_string(id) + " has no why");
      expect(!describe(step.action).empty(), "step " + std::to_string(id) + " has no description");
      const auto risk = own_risk(step, plan, seen);
      expect(risk.has_value(), "nobody has said what risk " + std::string(name_of(step.action)) +
                                   " is (own_judgement.cc)");
      expect(!risk || step.risk == *risk,
             "step " + std::to_string(id) + ", " + std::string(name_of(step.action)) + " on " +
                 server_of(step.action) + ", is said to be " + std::string(risk_name(step.risk)));
    }
    for (const auto* findings : {&plan.refusals, &plan.warnings})
      for (const Finding& finding : *findings)
        expect(!finding.rule.empty() && !finding.why.empty() && !finding.hint.empty(),
               "a finding by " + finding.rule + " is incomplete");
    for (const Difference& difference : plan.differences)
      expect(!difference.server.empty() && !difference.path.empty() &&
                 difference.desired != difference.observed,
             "the difference in " + difference.path + " of " + difference.server + " is none");
  }

  void changes_nothing() {
    const bool all =
        seen.state(*spec.primary) == nullptr || *spec.reconcile.mode == ReconcileMode::kObserve ||
        std::any_of(plan.refusals.begin(), plan.refusals.end(), [](const Finding& finding) {
          return finding.server.empty() && kWholeTopology.count(finding.rule) > 0;
        });
    // The way back from a switch that was begun leaves nobody without a primary.
    const bool undo = !intent.stable() &&
                      std::all_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
                        return (std::holds_alternative<OpenWrites>(step.action) ||
                                std::holds_alternative<DetachSource>(step.action)) &&
                               server_of(step.action) == intent.from;
                      });
    expect(!all || plan.steps.empty() || undo, "steps, although nothing may be done");
    bool destroyed = false;
    for (const Step& step : plan.steps) {
      const std::string& server = server_of(step.action);
      expect(seen.state(server) != nullptr, "a step on " + server + ", which was not seen");
      expect(!in_maintenance(server), "a step on " + server + ", which is in maintenance");
      expect(!refused(server, kWholeServer), "a step on " + server + ", which a rule forbids");
      const bool destroys = step.risk == Risk::kDestructive;
      expect(destroys == (std::holds_alternative<RevokePrivileges>(step.action) ||
                          std::holds_alternative<DropUser>(step.action)),
             "a wrong risk");
      expect(!destroyed || destroys, "a destructive step that is not among the last");
      destroyed = destroys;
    }
  }

  void one_writer() {
    for (const Step& step : plan.steps) {
      const auto* open = std::get_if<OpenWrites>(&step.action);
      if (open == nullptr) continue;
      const bool back = !intent.stable() && open->server == intent.from;
      // The primary that was, restarted while the declared one, seen closed, cannot take over yet.
      const ServerState* declared = seen.state(*spec.primary);
      const bool meanwhile =
          intent.stable() && declared != nullptr && declared->fenced() &&
          seen.state(open->server)->server_uuid == intent.established_primary_uuid;
      expect(open->server == *spec.primary || back || meanwhile,
             open->server + " is opened, and is not the primary");
      const ServerState& primary = *seen.state(open->server);
      for (const ServerSpec& server : spec.servers) {
        if (*server.name == open->server) continue;
        const ServerState* other = seen.state(*server.name);
        const bool may_stay_unseen = std::count(open->may_stay_unseen.begin(),
                                                open->may_stay_unseen.end(), *server.name) > 0;
        expect(std::count(open->others.begin(), open->others.end(), *server.name) == 1,
               "OpenWrites forgets a server");
        if (other == nullptr) {
          const bool known = intent.stable()
                                 ? intent.established_primary_uuid == primary.server_uuid
                                 : *server.name != intent.to || !intent.may_have_committed;
          expect(may_stay_unseen && known,
                 open->server + " is opened while " + *server.name + " may be writable");
          continue;
        }
        expect(!may_stay_unseen, *server.name + " may stay unseen, but was seen");
        expect(other->fenced() || earlier<SetReadOnly>(step, *server.name),
               open->server + " is opened while " + *server.name + " is writable");
        expect(own_lost(primary, *other).empty(),
               open->server + " is opened and has lost transactions");
      }
    }
  }

  void switches() {
    for (const Step& step : plan.steps) {
      const auto* action = std::get_if<SwitchPrimary>(&step.action);
      if (action == nullptr) continue;
      const ServerState& to = *seen.state(action->server);
      const ServerState* from = seen.state(action->from);
      const bool finishing =
          intent.phase == Intent::Phase::kCommitted && action->server == intent.to;
      expect(action->server == *spec.primary || finishing,
             action->server + " is not the declared primary");
      expect(to.fenced() || earlier<SetReadOnly>(step, action->server),
             action->server + " takes over, and takes writes already");
      expect(from != nullptr || (intent.phase == Intent::Phase::kCommitted &&
                                 to.gtid_executed.contains(intent.frozen_at)),
             action->from + " gives up its role unseen");
      expect(from == nullptr || from->channels.empty() || from->fenced(),
             action->from + " is no primary");
      for (const ServerSpec& server : spec.servers) {
        const std::string& name = *server.name;
        if (name == action->server || name == action->from) continue;
        const ServerState* other = seen.state(name);
        expect(std::count(action->others.begin(), action->others.end(), name) == 1,
               "SwitchPrimary forgets a server");
        const bool may_stay_unseen =
            std::count(action->may_stay_unseen.begin(), action->may_stay_unseen.end(), name) > 0;
        expect(other == nullptr ? may_stay_unseen
                                : other->fenced() || earlier<SetReadOnly>(step, name),
               action->server + " takes over while " + name + " may be writable");
      }
    }
  }

  // Nobody's commit waits for replicas that are not there, and nobody's but the primary's waits.
  void semi_sync() {
    for (const Step& step : plan.steps) {
      if (const auto* side = std::get_if<SetSemiSyncSource>(&step.action)) {
        expect(!side->on || side->server == *spec.primary,
               side->server + " gets its source side on, and is not the primary");
        const bool there = own_acknowledgers(seen, side->server, side->wait_count);
        expect(!side->on || there || earlier<AwaitAcknowledgers>(step, side->server),
               side->server + " would wait for acknowledgers that are not there");
      }
      if (const auto* limits = std::get_if<ConfigureSemiSync>(&step.action)) {
        const auto& source = seen.state(limits->server)->details->semi_sync->source;
        const bool raised = source && source->enabled && limits->wait_count > source->wait_count;
        const bool off = earlier<SetSemiSyncSource>(step, limits->server);
        expect(!raised || off || earlier<AwaitAcknowledgers>(step, limits->server) ||
                   own_acknowledgers(seen, limits->server, limits->wait_count),
               limits->server + " would wait for more acknowledgers than are there");
      }
      if (const auto* side = std::get_if<SetSemiSyncReplica>(&step.action))
        expect(!side->on || side->server != *spec.primary, "the primary's replica side is set on");
      if (const auto* load = std::get_if<LoadSemiSync>(&step.action)) {
        const bool fenced = seen.state(load->server)->fenced();
        expect(!load->lift_super_read_only || fenced || earlier<SetReadOnly>(step, load->server),
               load->server + " would be made read-only by the way");
      }
      const std::string name(name_of(step.action));
      const bool ours = name.find("semi_sync") != std::string::npos;
      expect(!ours || spec.replication.semi_sync.has_value(), name + ", which is not declared");
    }
  }

  // CLONE replaces all that a server holds: so it holds nothing that anybody could miss.
  void copies() {
    for (const Step& step : plan.steps) {
      const auto* copy = std::get_if<StartCopy>(&step.action);
      if (copy == nullptr) continue;
      const ServerState& to = *seen.state(copy->server);
      const ServerState& from = *seen.state(copy->donor);
      expect(to.details && to.details->schemas && to.details->schemas->empty(),
             copy->server + " is copied into, and holds a schema");
      expect(copy->server != *spec.primary && copy->server != own_primary(spec, seen, intent) &&
                 to.server_uuid != intent.established_primary_uuid,
             copy->server + " is copied into, and is the primary");
      expect(to.gtid_executed.subtracted(to.gtid_executed.of_server(to.server_uuid))
                 .subtracted(from.executed_later.value_or(from.gtid_executed))
                 .empty(),
             copy->server + " is copied into, and holds what its donor lacks");
      expect(to.channels.empty(), copy->server + " is copied into, and replicates");
      expect((to.read_only && to.super_read_only) || earlier<SetReadOnly>(step, copy->server),
             copy->server + " is copied into, and takes writes");
      expect(intent.stable(), "a copy is begun while the roles are changed");
      for (const ServerSpec& other : spec.servers) {
        const ServerState* state = seen.state(*other.name);
        const bool runs = state != nullptr && state->details && state->details->clone &&
                          state->details->clone->state == CloneStatus::State::kRunning;
        expect(!runs, "a copy is begun while another one is under way");
      }
    }
  }

  // What a window forbids is not done, unless a change of roles is to be ended.
  void windows() {
    const auto forbidden = [&](Risk risk) {
      return own_forbidden(spec.reconcile.windows, seen.taken_at, risk);
    };
    const bool any =
        forbidden(Risk::kSafe) || forbidden(Risk::kDisruptive) || forbidden(Risk::kDestructive);
    for (const Finding& one : plan.refusals)
      expect(one.rule != "window" || any, "a window is said to forbid what none forbids");
    if (!intent.stable()) return;
    for (const Step& step : plan.steps)
      expect(!forbidden(step.risk),
             "step " + std::to_string(step.id) + " is done while a window forbids it");
  }

  void sources_first() {
    for (const Step& step : plan.steps) {
      const auto* point = std::get_if<PointReplica>(&step.action);
      if (point == nullptr) continue;
      const ServerState* from = seen.state(point->source);
      const bool candidate =
          std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& other) {
            const auto* change = std::get_if<SwitchPrimary>(&other.action);
            return change != nullptr && change->server == point->server &&
                   change->from == point->source;
          });
      if (point->before_switch)
        expect(!point->changes_clause("SOURCE_HOST") && !point->changes_clause("SOURCE_PASSWORD"),
               point->server + " is moved, or told a password, to prove its options");
      if (candidate || point->before_switch) continue;
      expect(point->source == declared_source(point->server),
             point->server + " gets another source");
      expect(!refused(point->server, kNoSource),
             point->server + " gets a source, which a rule forbids");
      const bool gave_up =
          std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& other) {
            const auto* change = std::get_if<SwitchPrimary>(&other.action);
            return other.id < step.id && change != nullptr && change->from == point->server;
          });
      expect(seen.state(point->server)->fenced() || earlier<SetReadOnly>(step, point->server) ||
                 gave_up,
             point->server + " gets a source while it is writable");
      const ServerState& replica = *seen.state(point->server);
      const auto channel = std::find_if(replica.channels.begin(), replica.channels.end(),
                                        [](const Channel& one) { return one.name.empty(); });
      GtidSet received;  // and not applied
      if (channel != replica.channels.end())
        received = channel->retrieved.subtracted(replica.gtid_executed);
      // What a relay log holds stays there, if it can be read; and what concerns the applier alone
      // asks no source.
      GtidSet held = replica.gtid_executed;
      if (!point->fetches_again) held = held.united(received);
      const bool connects = point->touches().size() > 1;
      expect(!connects || (from != nullptr && held.contains(from->gtid_purged)),
             point->server + " gets a source that has purged what it lacks");
      // Invariant 10, as far as a plan can tell: the thread that is left runs, or could; or the
      // source sends it all once more.
      const bool both = point->stops(SourceOption::Stops::kBoth) && !point->fetches_again;
      expect(!both || channel == replica.channels.end() || channel->delay_seconds == 0 ||
                 received.empty(),
             point->server + " would lose what it has received");
      expect(!point->fetches_again || received.empty() ||
                 (from != nullptr && from->gtid_executed.contains(received)),
             point->server + " would lose what it cannot read, and its source does not have");
      const bool source_waits =
          std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& other) {
            return other.id > step.id && std::holds_alternative<PointReplica>(other.action) &&
                   server_of(other.action) == point->source;
          });
      expect(!source_waits, point->server + " gets a source that has none yet");
    }
  }
};

}  // namespace

std::vector<std::string> broken_invariants(const Spec& spec, const Observation& seen,
                                           const Intent& intent, const Plan& plan) {
  Judge judge{spec, seen, intent, plan, {}};
  judge.everything_is_said();
  judge.changes_nothing();
  judge.one_writer();
  judge.switches();
  judge.sources_first();
  judge.semi_sync();
  judge.copies();
  judge.windows();
  judge.stages();
  return judge.broken;
}

}  // namespace gtidops::testing
