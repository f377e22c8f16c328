#include "decide/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/words.h"
#include "decide/assess.h"
#include "decide/draft.h"
#include "model/actions/replica.h"

namespace gtidops {
namespace {

using Verdict = Condition::Status;

Condition condition(std::string type, Verdict status, std::string reason, std::string message) {
  return {std::move(type), status, std::move(reason), std::move(message), std::nullopt};
}

// errant-transactions, binlog_format: ErrantTransactions, BinlogFormat.
std::string camel_case(std::string_view rule) {
  std::string word;
  bool capital = true;
  for (const char c : rule) {
    if (c == '-' || c == '_') {
      capital = true;
      continue;
    }
    word += capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    capital = false;
  }
  return word;
}

std::string told(const Plan& plan, const Finding& finding) {
  return (finding.server.empty() ? plan.topology : finding.server) + ": " + finding.why;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : "; ") + one;
  return text;
}

bool in_maintenance(const Spec& spec, const ServerSpec& server, const Observation& seen) {
  if (names_server(*spec.reconcile.ignore, *server.name)) return true;
  if (!server.maintenance) return false;
  const auto& until = *server.maintenance->until;
  return !until || seen.taken_at < *until;
}

// --- Healthy.

struct Ailment {
  std::string reason;
  std::string message;
};

std::optional<Ailment> ailment_of_replica(const std::string& name, const ServerState& state) {
  const Channel* channel = state.default_channel();
  if (channel == nullptr) return Ailment{"NotReplicating", name + " has no replication channel"};
  const Check runs = channel_runs(state, name);
  if (runs) return std::nullopt;
  const bool error = channel->applier_error.number != 0 || channel->receiver_error.number != 0;
  if (error) return Ailment{"ReplicationError", runs.why};
  const bool connecting = channel->receiver == ThreadState::kConnecting;
  return Ailment{connecting ? "ReplicationConnecting" : "ReplicationStopped", runs.why};
}

std::optional<Ailment> ailment(const Spec& spec, const Observation& seen,
                               const ServerSpec& server) {
  const std::string& name = *server.name;
  const auto found = seen.servers.find(name);
  if (found == seen.servers.end()) return Ailment{"NotObserved", name + " was not looked at"};
  if (const auto* lost = std::get_if<Unreachable>(&found->second))
    return Ailment{"ServerUnreachable", name + " cannot be read: " + lost->message};
  if (name == *spec.primary) return std::nullopt;
  return ailment_of_replica(name, std::get<ServerState>(found->second));
}

// The worst first: it gives the reason.
constexpr std::array<const char*, 6> kReplicaReasons{"ServerUnreachable",     "ReplicationError",
                                                     "NotReplicating",        "ReplicationStopped",
                                                     "ReplicationConnecting", "NotObserved"};

std::string worst(const std::vector<Ailment>& ailments) {
  for (const char* reason : kReplicaReasons)
    for (const Ailment& one : ailments)
      if (one.reason == reason) return reason;
  return "NotObserved";
}

Condition healthy(const Spec& spec, const Observation& seen) {
  std::vector<Ailment> ailments;
  std::vector<std::string> messages;
  std::vector<std::string> not_judged;
  for (const ServerSpec& server : spec.servers) {
    if (in_maintenance(spec, server, seen)) {
      not_judged.push_back(*server.name);
    } else if (auto found = ailment(spec, seen, server)) {
      messages.push_back(found->message);
      ailments.push_back(std::move(*found));
    }
  }
  const std::string note = not_judged.empty() ? "" : "; not judged: " + join_names(not_judged);
  if (ailments.empty()) {
    const std::string all = counted(std::ssize(spec.servers) - std::ssize(not_judged), "server");
    return condition("Healthy", Verdict::kTrue, "AllServersHealthy",
                     all + " can be read, replication runs without an error" + note);
  }
  const std::string reason = worst(ailments);
  const Verdict status = reason == "NotObserved" ? Verdict::kUnknown : Verdict::kFalse;
  return condition("Healthy", status, reason, joined(messages) + note);
}

// --- Ready.

// Servers that spec.reconcile.ignore excludes from judgement go into `unjudged`.
std::vector<std::string> writable_servers(const Spec& spec, const Observation& seen,
                                          std::vector<std::string>& unjudged) {
  std::vector<std::string> names;
  std::set<std::string> instances;  // one server declared under two names counts once
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    const bool judged = !ignores(spec, *server.name, kReadOnlyObject);
    if (state == nullptr || !state->writable() || !instances.insert(state->instance).second)
      continue;
    (judged ? names : unjudged).push_back(*server.name);
  }
  return names;
}

Condition ready(const Spec& spec, const Observation& seen, const Condition& health,
                const Condition& diverged) {
  const std::string& primary = *spec.primary;
  const auto say = [](Verdict status, const std::string& reason, const std::string& message) {
    return condition("Ready", status, reason, message);
  };
  std::vector<std::string> unjudged;
  const auto writable = writable_servers(spec, seen, unjudged);
  if (writable.size() > 1)
    return say(Verdict::kFalse, "SeveralWritableServers", join_names(writable) + " take writes");
  if (diverged.status == Verdict::kTrue)
    return say(
        Verdict::kFalse, "PrimaryDiverged",
        diverged.message + (writable.empty() ? "; no server that can be seen takes writes" : ""));
  if (seen.servers.count(primary) == 0)
    return say(Verdict::kUnknown, "NotObserved", primary + " was not looked at");
  const ServerState* state = seen.state(primary);
  if (state == nullptr)
    return say(Verdict::kFalse, "PrimaryUnreachable", "the primary " + primary + " cannot be read");
  if (!state->writable())
    return say(Verdict::kFalse, "PrimaryReadOnly", "the primary " + primary + " is read-only");
  if (health.status != Verdict::kTrue) return say(health.status, health.reason, health.message);
  std::string message = primary + " takes writes, and nobody else does";
  if (!unjudged.empty() && unjudged != std::vector{primary})
    message = fmt::format(
        "{} takes writes; reconcile.ignore forbids to judge {}, where writes are possible", primary,
        join_names(unjudged));
  return say(Verdict::kTrue, "PrimaryWritable", message);
}

// Ready is False while the server that answers is not known to be the primary (primary-identity),
// or not known to be the only writer (source-out-of-sight), even if it takes writes.
Condition ready_or_unknown_to_us(const Plan& plan, Condition found) {
  for (const Finding& refusal : plan.refusals)
    if (refusal.rule == rule::kPrimaryIdentity || refusal.rule == rule::kSourceOutOfSight)
      return condition("Ready", Verdict::kFalse, camel_case(refusal.rule), told(plan, refusal));
  return found;
}

// --- Synced, Reconciling, Stalled.

Condition synced(const Spec& spec, const Observation& seen, const Plan& plan) {
  const auto say = [](Verdict status, const std::string& reason, const std::string& message) {
    return condition("Synced", status, reason, message);
  };
  const std::string differ = counted(std::ssize(plan.differences), "difference") + ", " +
                             counted(std::ssize(plan.steps), "step");
  if (!plan.steps.empty()) return say(Verdict::kFalse, "ChangesPending", differ + " to do");
  if (!plan.differences.empty())
    return say(Verdict::kFalse, "Drifted", differ + ": nothing may be done about it now");
  std::vector<std::string> unread;
  for (const ServerSpec& server : spec.servers)
    if (seen.state(*server.name) == nullptr) unread.push_back(*server.name);
  if (!unread.empty())
    return say(Verdict::kUnknown, "ServerUnreachable",
               "nothing differs, but " + join_names(unread) + " cannot be read");
  if (!plan.refusals.empty()) {
    const Finding& first = plan.refusals.front();
    return say(Verdict::kFalse, camel_case(first.rule), told(plan, first));
  }
  return say(Verdict::kTrue, "NothingToDo", "live is as declared");
}

Condition reconciling(const Plan& plan) {
  if (plan.steps.empty())
    return condition("Reconciling", Verdict::kFalse, "NothingToDo", "there is no step to do");
  const auto destructive =
      std::count_if(plan.steps.begin(), plan.steps.end(),
                    [](const Step& step) { return step.risk == Risk::kDestructive; });
  std::string message = counted(std::ssize(plan.steps), "step") + " to do";
  if (destructive > 0) message += ", " + std::to_string(destructive) + " of them destructive";
  return condition("Reconciling", Verdict::kTrue, "ChangesPending", message);
}

// Suspended or observe mode was asked for by a person: it is no trouble.
bool on_purpose(const Finding& refusal) {
  return refusal.rule == rule::kSuspended || refusal.rule == rule::kObserveMode;
}

Condition stalled(const Plan& plan) {
  const Finding* first = nullptr;
  std::size_t count = 0;
  for (const Finding& refusal : plan.refusals) {
    if (on_purpose(refusal)) continue;
    if (first == nullptr) first = &refusal;
    ++count;
  }
  if (first == nullptr)
    return condition("Stalled", Verdict::kFalse, "NothingRefused", "nothing is refused");
  const std::string message =
      told(plan, *first) + (count > 1 ? " (and " + std::to_string(count - 1) + " more)" : "");
  if (!plan.steps.empty())
    return condition(
        "Stalled", Verdict::kFalse, "Progressing",
        counted(std::ssize(plan.steps), "step") + " to do besides; refused: " + message);
  return condition("Stalled", Verdict::kTrue, camel_case(first->rule), message);
}

Condition suspended(const Spec& spec, const Observation& seen) {
  const SuspendSpec& suspend = spec.suspend;
  if (!*suspend.enabled)
    return condition("Suspended", Verdict::kFalse, "NotSuspended", "suspend.enabled is false");
  const auto& until = *suspend.until;
  if (until && seen.taken_at >= *until)
    return condition("Suspended", Verdict::kFalse, "SuspensionEnded",
                     "suspend.until was " + print_moment(*until));
  std::string message = suspend.reason->empty() ? "suspend.enabled is true" : *suspend.reason;
  if (until) message += ", until " + print_moment(*until);
  return condition("Suspended", Verdict::kTrue, "Declared", message);
}

// --- PrimaryDiverged.

// The server of this topology that alone takes writes and has no channel, while the declared
// primary cannot be seen. Empty: there is none, or there are several.
std::string opened_while_unseen(const Spec& spec, const Observation& seen, const Memory& memory) {
  std::vector<std::string> unjudged;
  const auto open = writable_servers(spec, seen, unjudged);
  if (seen.state(*spec.primary) != nullptr || open.size() != 1) return {};
  const ServerState& state = *seen.state(open[0]);
  const bool ours = state.channels.empty() && memory.of(state.server_uuid) != nullptr;
  return ours ? open[0] : std::string();
}

Condition primary_diverged(const Spec& spec, const Observation& seen, const Plan& plan) {
  const std::string& declared = *spec.primary;
  const Assessment assessment = assess(spec, plan.goal, seen, plan.intent);
  const auto say = [](Verdict status, const std::string& reason, const std::string& message) {
    return condition("PrimaryDiverged", status, reason, message);
  };
  const auto& observed = assessment.observed_primary;
  // A closed server that others still follow does not act as the primary while the declared one
  // merely cannot be read.
  const bool acts =
      observed && (seen.state(declared) != nullptr || seen.state(*observed)->writable());
  if (acts && *observed != declared)
    return say(Verdict::kTrue, "AnotherServerActsAsPrimary",
               declared + " is declared the primary, but " + *observed + " acts as it" +
                   (seen.state(*observed)->writable() ? " and takes writes" : ""));
  const ServerAssessment& one = assessment.of(declared);
  if (!one.observed_source.empty())
    return say(Verdict::kTrue, "PrimaryReplicates",
               declared + " is declared the primary, but replicates from " + one.observed_source);
  // Which server acts as the primary cannot be told from here, but the plan is refused because one
  // does.
  for (const Finding& refusal : plan.refusals)
    if (refusal.rule == rule::kPrimaryDiverged)
      return say(Verdict::kTrue, "AnotherServerActsAsPrimary", refusal.why);
  // A person who promotes another server by hand sees here that gtidops has noticed, before they
  // declare it.
  if (const std::string open = opened_while_unseen(spec, seen, plan.intent.memory); !open.empty())
    return say(Verdict::kTrue, "AnotherServerTakesWrites",
               fmt::format("{} is declared the primary and cannot be read, and {} takes writes; "
                           "when that is meant, declare {} the primary",
                           declared, open, open));
  if (seen.state(declared) == nullptr)
    return say(Verdict::kUnknown, "PrimaryUnreachable", declared + " cannot be read");
  return say(Verdict::kFalse, "AsDeclared",
             "no other server than " + declared + " acts as primary");
}

}  // namespace

std::string_view status_name(Condition::Status status) {
  switch (status) {
    case Verdict::kTrue:
      return "True";
    case Verdict::kFalse:
      return "False";
    case Verdict::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

std::vector<Condition> conditions(const Spec& spec, const Observation& seen, const Plan& plan) {
  const Condition health = healthy(spec, seen);
  const Condition diverged = primary_diverged(spec, seen, plan);
  return {ready_or_unknown_to_us(plan, ready(spec, seen, health, diverged)),
          synced(spec, seen, plan),
          health,
          reconciling(plan),
          stalled(plan),
          suspended(spec, seen),
          diverged};
}

namespace {

const Condition* find(const std::vector<Condition>& conditions, const std::string& type) {
  const auto found = std::find_if(conditions.begin(), conditions.end(),
                                  [&](const Condition& one) { return one.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

}  // namespace

bool tells_of_replicas_only(const Condition& ready) {
  return std::any_of(kReplicaReasons.begin(), kReplicaReasons.end(),
                     [&](const char* reason) { return ready.reason == reason; });
}

void doubt_ready(std::vector<Condition>& now, const std::string& primary,
                 const std::string& error) {
  for (Condition& one : now)
    if (one.type == "Ready" && one.status == Verdict::kTrue)
      one = condition("Ready", Verdict::kFalse, "PrimaryDoesNotCommit",
                      fmt::format("{} is open, and commits nothing: the heartbeat failed with: {}",
                                  primary, error));
}

bool is_paused(const Plan& plan) {
  return std::any_of(plan.refusals.begin(), plan.refusals.end(), on_purpose);
}

bool may_write_heartbeat(const Spec& spec, const Observation& seen, const Plan& plan) {
  const ServerState* primary = seen.state(*spec.primary);
  if (primary == nullptr || !primary->writable() || !primary->channels.empty()) return false;
  if (!primary->details || !primary->details->heartbeat) return false;
  if (!heartbeat_is_safe(spec, seen) || is_paused(plan)) return false;
  return std::none_of(plan.refusals.begin(), plan.refusals.end(), [&](const Finding& one) {
    return one.rule == rule::kPrimaryIdentity ||
           (one.rule == rule::kHistoryShrunk && one.server == plan.goal.primary);
  });
}

std::vector<Condition> with_since(std::vector<Condition> now, const std::vector<Condition>& before,
                                  Moment at) {
  for (Condition& one : now) {
    const Condition* known = find(before, one.type);
    const bool same = known != nullptr && known->status == one.status;
    one.since = same ? known->since : std::optional(at);
  }
  return now;
}

std::vector<Condition> with_known_since(std::vector<Condition> now,
                                        const std::vector<Condition>& before) {
  for (Condition& one : now) {
    const Condition* known = find(before, one.type);
    if (known != nullptr && known->status == one.status) one.since = known->since;
  }
  return now;
}

}  // namespace gtidops
