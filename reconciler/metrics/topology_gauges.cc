#include "metrics/topology_gauges.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include "decide/candidate.h"
#include "decide/untouched.h"
#include "model/actions/replica.h"

namespace gtidops {
namespace {

double seconds(Millis time) { return std::chrono::duration<double>(time).count(); }
double seconds(Moment moment) { return seconds(moment.time_since_epoch()); }
double number(bool yes) { return yes ? 1 : 0; }

bool in_maintenance(const ServerSpec& server, const Observation& seen) {
  if (!server.maintenance) return false;
  const auto& until = *server.maintenance->until;
  return !until || seen.taken_at < *until;
}

bool could_take_over(const Spec& spec, const Goal& goal, const Observation& seen,
                     const ServerSpec& server, const Assessment& assessment,
                     const ServerState& primary) {
  const std::string& name = *server.name;
  const ServerState* state = seen.state(name);
  if (state == nullptr || name == assessment.reference) return false;
  const Channel* channel = state->default_channel();
  if (channel == nullptr) return false;
  if (*server.promotion == Promotion::kNever || in_maintenance(server, seen)) return false;
  if (server.delay->count() != 0) return false;
  if (!flaws_of_candidate(spec, goal, seen, name, *state, assessment.reference).empty())
    return false;
  const ServerAssessment& one = assessment.of(name);
  if (one.source_is_stranger || spec.server(one.observed_source) == nullptr) return false;
  if (!one.errant || !one.errant->empty()) return false;
  const GtidSet held = state->gtid_executed.united(channel->retrieved);
  return channel_runs(*state, name) && held.contains(primary.gtid_purged);
}

void set_conditions(const TopologySnapshot& topology, const std::string& name, Gauges& gauges) {
  using Verdict = Condition::Status;
  for (const Condition& condition : topology.conditions) {
    for (const Verdict status : {Verdict::kTrue, Verdict::kFalse, Verdict::kUnknown})
      gauges.set(
          Gauge::kTopologyCondition,
          {{"topology", name}, {"condition", condition.type}, {"status", status_name(status)}},
          number(condition.status == status));
    if (condition.type == "Suspended")
      gauges.set(Gauge::kTopologySuspended, {{"topology", name}},
                 number(condition.status == Verdict::kTrue));
  }
}

void set_plan(const Plan& plan, const std::string& name, Gauges& gauges) {
  gauges.set(Gauge::kDriftFields, {{"topology", name}},
             static_cast<double>(plan.differences.size()));
  for (const Risk risk : {Risk::kSafe, Risk::kDisruptive, Risk::kDestructive}) {
    const auto pending = std::count_if(plan.steps.begin(), plan.steps.end(),
                                       [risk](const Step& step) { return step.risk == risk; });
    gauges.set(Gauge::kActionsPending, {{"topology", name}, {"risk", risk_name(risk)}},
               static_cast<double>(pending));
  }
  std::map<std::string, int> refusals;
  for (const Finding& refusal : plan.refusals) ++refusals[refusal.rule];
  for (const auto& [rule, count] : refusals)
    gauges.set(Gauge::kActionsBlocked, {{"topology", name}, {"reason", rule}}, count);
}

void set_copies(const Plan& plan, const std::string& name, Gauges& gauges) {
  for (const CopyUnderWay& one : plan.copies) {
    const auto set = [&](Gauge which, std::int64_t bytes) {
      gauges.set(which, {{"topology", name}, {"server", one.server}}, static_cast<double>(bytes));
    };
    if (one.bytes_total > 0) {
      set(Gauge::kProvisioningBytes, one.bytes_done);
      set(Gauge::kProvisioningBytesExpected, one.bytes_total);
    }
    gauges.set(Gauge::kProvisioningPhase,
               {{"topology", name}, {"server", one.server}, {"phase", one.phase}}, 1);
  }
}

void set_channels(const TopologySnapshot& topology, const std::string& server,
                  const ServerState& state, Gauges& gauges) {
  const std::string& name = *topology.spec->name;
  for (const Channel& channel : state.channels) {
    const auto on = [&](const char* thread, ThreadState is) {
      gauges.set(
          Gauge::kReplicationRunning,
          {{"topology", name}, {"server", server}, {"channel", channel.name}, {"thread", thread}},
          number(is == ThreadState::kOn));
    };
    on("receiver", channel.receiver);
    on("applier", channel.applier);
    gauges.set(Gauge::kReplicationConfiguredDelay,
               {{"topology", name}, {"server", server}, {"channel", channel.name}},
               static_cast<double>(channel.delay_seconds));
    // The daemon measures the lag of the default channel only. For another channel, the server's
    // own value is used.
    std::optional<double> lag;
    const auto measured = topology.lag.find(server);
    if (channel.name.empty() && measured != topology.lag.end())
      lag = measured->second;
    else if (!channel.name.empty() && channel.seconds_behind)
      lag = static_cast<double>(*channel.seconds_behind);
    if (lag)
      gauges.set(Gauge::kReplicationLag,
                 {{"topology", name}, {"server", server}, {"channel", channel.name}}, *lag);
  }
}

void set_server(const TopologySnapshot& topology, const ServerSpec& spec,
                const Assessment& assessment, Gauges& gauges) {
  const std::string& name = *topology.spec->name;
  const std::string& server = *spec.name;
  if (topology.seen.servers.count(server) == 0) return;  // it was not looked at
  const ServerState* state = topology.seen.state(server);
  gauges.set(Gauge::kServerUp, {{"topology", name}, {"server", server}}, number(state != nullptr));
  if (state == nullptr) return;
  const ServerAssessment& one = assessment.of(server);
  gauges.set(Gauge::kServerInfo,
             {{"topology", name},
              {"server", server},
              {"address", spec.address->to_string()},
              {"version", state->version_text},
              {"server_uuid", state->server_uuid},
              {"server_id", std::to_string(state->server_id)},
              {"role", role_name(one.role)}},
             1);
  const auto set = [&](Gauge which, double value) {
    gauges.set(which, {{"topology", name}, {"server", server}}, value);
  };
  const auto set_view = [&](const char* view, bool primary) {
    gauges.set(Gauge::kServerPrimary, {{"topology", name}, {"server", server}, {"view", view}},
               number(primary));
  };
  set_view("desired", server == *topology.spec->primary);
  set_view("observed", assessment.observed_primary == server);
  set(Gauge::kServerReadOnly, number(!state->writable()));
  if (one.errant) set(Gauge::kGtidErrantTransactions, static_cast<double>(one.errant->count()));
  if (one.missing) set(Gauge::kGtidMissingTransactions, static_cast<double>(*one.missing));
  if (one.unrecoverable) set(Gauge::kGtidUnrecoverable, number(*one.unrecoverable));
  set_channels(topology, server, *state, gauges);
}

void set_looked(const TopologySnapshot& topology, Gauges& gauges) {
  const Spec& spec = *topology.spec;
  const std::string& name = *spec.name;
  const Assessment assessment =
      assess(spec, topology.plan.goal, topology.seen, topology.plan.intent);
  set_plan(topology.plan, name, gauges);
  set_copies(topology.plan, name, gauges);
  std::optional<int> writable;
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = topology.seen.state(*server.name);
    // Where reconcile.ignore names read_only, a person has permitted writes, so the server is not
    // counted.
    const bool judged = !ignores(spec, *server.name, kReadOnlyObject);
    if (state != nullptr && judged) writable = writable.value_or(0) + (state->writable() ? 1 : 0);
    set_server(topology, server, assessment, gauges);
  }
  if (writable) gauges.set(Gauge::kWritableServers, {{"topology", name}}, *writable);
  if (const auto ready = failover_ready(spec, topology.plan.goal, topology.seen, assessment))
    gauges.set(Gauge::kFailoverReady, {{"topology", name}}, number(*ready));
}

}  // namespace

std::optional<bool> failover_ready(const Spec& spec, const Goal& goal, const Observation& seen,
                                   const Assessment& assessment) {
  const ServerState* primary = seen.state(assessment.reference);
  if (primary == nullptr) return std::nullopt;
  return std::any_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
    return could_take_over(spec, goal, seen, server, assessment, *primary);
  });
}

void set_topology_gauges(const TopologySnapshot& topology, Gauges& gauges) {
  const std::string& name = *topology.spec->name;
  gauges.set(Gauge::kLeader, {{"topology", name}}, number(topology.leader));
  if (topology.last_success)
    gauges.set(Gauge::kReconcileLastSuccess, {{"topology", name}}, seconds(*topology.last_success));
  gauges.set(Gauge::kReconcileInterval, {{"topology", name}}, seconds(topology.interval));
  gauges.set(Gauge::kReconcileConsecutiveFailures, {{"topology", name}},
             topology.consecutive_failures);
  set_conditions(topology, name, gauges);
  if (topology.looked) set_looked(topology, gauges);
}

}  // namespace gtidops
