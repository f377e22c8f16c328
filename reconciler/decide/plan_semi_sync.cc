// The part of the plan that sets up semi-synchronous replication: plugins and settings on all
// servers, then receivers that must reconnect, and last the source side of the primary, from when
// on its commits wait. All of this comes after the proof of replication, so that a failure here
// holds back nothing else. Only plan_semi_sync_at_once comes earlier: it ends waits for
// acknowledgements that should not be.
#include <algorithm>
#include <variant>

#include "decide/draft.h"

namespace gtidops {
namespace {

// While the declared primary still replicates from another server, the change of roles decides
// which server has which side.
bool to_be_judged(const Draft& draft) {
  return draft.spec.replication.semi_sync && !draft.change &&
         draft.assessment.of(draft.goal.primary).role != Role::kReplica;
}
bool enabled(const Draft& draft) { return *draft.spec.replication.semi_sync->enabled; }
int wait_count(const Draft& draft) { return *draft.spec.replication.semi_sync->wait_for_replicas; }
std::uint64_t timeout_ms(const Draft& draft) {
  return static_cast<std::uint64_t>(draft.spec.replication.semi_sync->timeout->count());
}

std::optional<std::string> persisted(const Draft& draft, const std::string& server,
                                     const std::string& name) {
  return persisted_value(*draft.seen.state(server)->details, name);
}

template <class A>
bool plans(const Draft& draft, const std::string& server) {
  return std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [&](const Step& step) {
    const auto* action = std::get_if<A>(&step.action);
    return action != nullptr && action->server == server;
  });
}

// Will the server have this plugin after the steps planned so far?
bool source_side_there(const Draft& draft, const std::string& server) {
  const SemiSync* seen = semi_sync_of(draft, server);
  return seen != nullptr && (seen->source || plans<LoadSemiSync>(draft, server));
}
bool replica_side_there(const Draft& draft, const std::string& server) {
  const SemiSync* seen = semi_sync_of(draft, server);
  return seen != nullptr && (seen->replica || plans<LoadSemiSync>(draft, server));
}

void plan_load(Draft& draft, const std::string& server, const SemiSync& seen) {
  if (seen.source && seen.replica) return;
  const std::string there = seen.source ? "source" : seen.replica ? "replica" : "";
  draft.differs(server, "replication.semiSync.plugins", "source and replica",
                there.empty() ? std::nullopt : std::optional(there));
  if (!draft.may_touch(server)) return;
  // super_read_only as it will be when this step runs.
  const bool fenced = plans<SetReadOnly>(draft, server) ||
                      (draft.seen.state(server)->fenced() && !plans<OpenWrites>(draft, server));
  draft.step(LoadSemiSync{server, !seen.source, !seen.replica, fenced},
             "semi-synchronous replication needs both plugins: any server may become the primary");
}

// Notes where the running or the persisted value differs from the wanted one.
bool differs_from(Draft& draft, const std::string& server, const std::string& name,
                  const std::string& wanted, const std::optional<std::string>& running) {
  if (running != wanted) {
    draft.differs(server, name, wanted, running);
    return true;
  }
  const auto kept = persisted(draft, server, name);
  if (kept == wanted) return false;
  draft.differs(server, "persisted." + name, wanted, kept);
  return true;
}

// Will the source side be ON after a restart?
bool comes_back_on(const Draft& draft, const std::string& server, bool old_names) {
  return persisted(draft, server, semi_sync_source_enabled(old_names)) == "ON";
}

// When the count is raised while the source side is on, commits wait for one more replica at once.
bool raises_the_count(const Draft& draft, const SemiSync& seen) {
  return seen.source && seen.source->enabled && wait_count(draft) > seen.source->wait_count;
}

void plan_limits(Draft& draft, const std::string& server, const SemiSync& seen) {
  const bool old_names = old_semi_sync_source(*draft.seen.state(server));
  const auto running = [&](auto value) {
    return seen.source ? std::optional(std::to_string(value(*seen.source))) : std::nullopt;
  };
  bool differ = differs_from(
      draft, server, semi_sync_wait_count(old_names), std::to_string(wait_count(draft)),
      running([](const SemiSync::Source& source) { return source.wait_count; }));
  differ =
      differs_from(draft, server, semi_sync_timeout(old_names), std::to_string(timeout_ms(draft)),
                   running([](const SemiSync::Source& source) { return source.timeout_ms; })) ||
      differ;
  const std::string name = semi_sync_source_enabled(old_names);
  if (const auto kept = persisted(draft, server, name); kept != "OFF") {
    draft.differs(server, "persisted." + name, "OFF", kept);
    differ = true;
  }
  if (!differ || !draft.may_touch(server) || !source_side_there(draft, server)) return;
  if (raises_the_count(draft, seen)) return;  // plan_source_on does it
  draft.step(ConfigureSemiSync{server, wait_count(draft), timeout_ms(draft), old_names},
             "whoever becomes the primary must wait for as many replicas as declared, and nobody "
             "before it is one");
}

void plan_replica_side(Draft& draft, const std::string& server, const SemiSync& seen, bool on) {
  const bool old_names = old_semi_sync_replica(*draft.seen.state(server));
  const std::string name = semi_sync_replica_enabled(old_names);
  const bool runs = seen.replica && seen.replica->enabled;
  if (on) {
    const auto running =
        seen.replica ? std::optional<std::string>(runs ? "ON" : "OFF") : std::nullopt;
    if (!differs_from(draft, server, name, "ON", running)) return;
  } else if (runs) {
    draft.differs(server, name, "OFF", "ON");
  } else if (seen.replica && persisted(draft, server, name) == "ON") {
    draft.differs(server, "persisted." + name, "OFF", "ON");
  } else {
    return;
  }
  if (draft.may_touch(server) && replica_side_there(draft, server))
    draft.step(SetSemiSyncReplica{server, on, old_names},
               on               ? "its source shall be able to count on it"
               : enabled(draft) ? "the primary has nobody to acknowledge to"
                                : "semi-synchronous replication is declared off");
}

void plan_source_off(Draft& draft, const std::string& server, const SemiSync& seen,
                     const std::string& why) {
  if (!seen.source) return;
  const bool old_names = seen.source->old_names;
  const bool comes_back = comes_back_on(draft, server, old_names);
  if (!seen.source->enabled && !comes_back) return;
  const std::string name = semi_sync_source_enabled(old_names);
  draft.differs(server, seen.source->enabled ? name : "persisted." + name, "OFF", "ON");
  if (draft.may_touch(server)) draft.step(SetSemiSyncSource{server, false, 0, old_names}, why);
}

void plan_off(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers)
    if (const SemiSync* seen = semi_sync_of(draft, *server.name))
      plan_replica_side(draft, *server.name, *seen, false);
}

// Will it be connected to the primary itself? The primary's address may lead to another server.
bool follows_the_primary(const Draft& draft, const ServerSpec& server) {
  const std::string& primary = draft.goal.primary;
  if (source_afterwards(draft, server) != primary) return false;
  const Channel* channel = draft.seen.state(*server.name)->default_channel();
  const ServerState* source = draft.seen.state(primary);
  return channel == nullptr || channel->source_uuid.empty() || source == nullptr ||
         plans<PointReplica>(draft, *server.name) || channel->source_uuid == source->server_uuid;
}

// When a replica does not show whether it acknowledges, only the primary's count of clients can
// tell.
bool counted_on(const Draft& draft, const std::string& server) {
  const SemiSync* seen = semi_sync_of(draft, server);
  const bool connects = plans<PointReplica>(draft, server) || plans<StartReplica>(draft, server) ||
                        plans<RestartReceiver>(draft, server);
  if (connects || !seen->replica || seen->replica->active) return true;
  const SemiSync* primary = semi_sync_of(draft, draft.goal.primary);
  return primary->source && primary->source->clients.value_or(0) >= wait_count(draft);
}

// Replicas that the primary can wait for: those that follow it directly. A delayed replica counts,
// since it acknowledges when it has received a transaction, not when it has applied it.
std::vector<std::string> possible_acknowledgers(const Draft& draft) {
  std::vector<std::string> names;
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal))
    if (draft.may_touch(*server->name) && follows_the_primary(draft, *server) &&
        replica_side_there(draft, *server->name) && counted_on(draft, *server->name))
      names.push_back(*server->name);
  return names;
}

void warn_of_settings(Draft& draft, const SemiSync::Source& source) {
  const std::string& primary = draft.goal.primary;
  const std::string side = source.old_names ? "rpl_semi_sync_master" : "rpl_semi_sync_source";
  if (source.wait_point != "AFTER_SYNC")
    draft.warn(primary, rule::kSemiSyncWaitPoint,
               side + "_wait_point is " + source.wait_point +
                   ": others read a transaction before any replica has it",
               "SET PERSIST " + side + "_wait_point = AFTER_SYNC");
  if (!source.wait_no_replica)
    draft.warn(primary, rule::kSemiSyncWaitNoReplica,
               side + (source.old_names ? "_wait_no_slave" : "_wait_no_replica") +
                   " is OFF: with too few replicas it becomes asynchronous at once, whatever the "
                   "time-out",
               "SET PERSIST " + side + (source.old_names ? "_wait_no_slave" : "_wait_no_replica") +
                   " = ON");
  if (source.enabled && source.active == false)
    draft.warn(primary, rule::kSemiSyncFellBack,
               "a commit waited longer than the time-out: replication is asynchronous now",
               "it comes back by itself when enough replicas have caught up; look at them, and at "
               "the network");
}

// Switches the source side on, or raises its count, but waits first until enough replicas can
// acknowledge.
void plan_source_on(Draft& draft, const SemiSync& seen) {
  const std::string& primary = draft.goal.primary;
  const bool old_names = old_semi_sync_source(*draft.seen.state(primary));
  const int count = wait_count(draft);
  const bool raise = raises_the_count(draft, seen);
  if (!raise && seen.source && seen.source->enabled) return;
  if (!seen.source || seen.source->clients.value_or(0) < count)
    draft.step(AwaitAcknowledgers{primary, count},
               "a commit must not wait for replicas that are not there yet");
  if (raise)
    draft.step(ConfigureSemiSync{primary, count, timeout_ms(draft), old_names},
               "more replicas are declared to acknowledge than do now");
  else
    draft.step(SetSemiSyncSource{primary, true, count, old_names},
               "a commit shall wait until " + std::to_string(count) +
                   (count == 1 ? " replica has" : " replicas have") + " it");
}

// Will its receiver acknowledge to the primary after the steps planned so far?
bool will_acknowledge(const Draft& draft, const std::string& server, const SemiSync& seen) {
  const Channel* channel = draft.seen.state(server)->default_channel();
  const bool stays = channel != nullptr && channel->receiver == ThreadState::kOn &&
                     !plans<PointReplica>(draft, server);
  const SemiSync* primary = semi_sync_of(draft, draft.goal.primary);
  // When the replica does not show whether it acknowledges, its receiver is only restarted if the
  // primary has too few clients.
  const bool enough = primary == nullptr || !primary->source || !primary->source->clients ||
                      *primary->source->clients >= wait_count(draft);
  if (stays) return seen.replica && seen.replica->active.value_or(enough);
  // It connects before the steps of this part run, so both sides must be there already.
  return seen.replica && seen.replica->enabled && primary != nullptr && primary->source;
}

void plan_receiver(Draft& draft, const ServerSpec& server) {
  const std::string& name = *server.name;
  const std::string& primary = draft.goal.primary;
  const SemiSync* seen = semi_sync_of(draft, name);
  // A replica of another replica acknowledges to nobody.
  if (seen == nullptr || !follows_the_primary(draft, server) ||
      will_acknowledge(draft, name, *seen))
    return;
  if (seen->replica && seen->replica->enabled && seen->replica->active == false)
    draft.differs(
        name,
        seen->replica->old_names ? "Rpl_semi_sync_slave_status" : "Rpl_semi_sync_replica_status",
        "ON", "OFF");
  if (draft.may_touch(name) && draft.may_touch(primary) && replica_side_there(draft, name) &&
      source_side_there(draft, primary))
    draft.step(RestartReceiver{name, primary},
               "a receiver that connected without it must connect anew to acknowledge");
}

void note_source_off(Draft& draft, const SemiSync& seen) {
  const bool old_names = old_semi_sync_source(*draft.seen.state(draft.goal.primary));
  draft.differs(draft.goal.primary, semi_sync_source_enabled(old_names), "ON",
                seen.source ? std::optional<std::string>("OFF") : std::nullopt);
}

void plan_primary(Draft& draft) {
  const std::string& primary = draft.goal.primary;
  const SemiSync* seen = semi_sync_of(draft, primary);
  if (seen == nullptr) return;
  if (seen->source) warn_of_settings(draft, *seen->source);
  if (plans<SetSemiSyncSource>(draft, primary)) return;
  const bool on = seen->source && seen->source->enabled;
  if (!on) note_source_off(draft, *seen);
  if (!draft.may_touch(primary) || !source_side_there(draft, primary)) return;
  const std::vector<std::string> possible = possible_acknowledgers(draft);
  const auto count = static_cast<std::size_t>(wait_count(draft));
  if (possible.size() >= count) return plan_source_on(draft, *seen);
  draft.object(primary, rule::kSemiSyncTooFew,
               "a commit shall wait for " + std::to_string(count) +
                   (count == 1 ? " replica" : " replicas") + ", and " +
                   (possible.empty() ? "none" : "only " + join_names(possible)) +
                   " can acknowledge: " +
                   (on ? "commits wait for the time-out, then replication is asynchronous"
                       : "it stays asynchronous"),
               "bring more replicas up that follow the primary directly, or lower "
               "replication.semiSync.waitForReplicas");
}

// A primary that came back from a crash and has its replicas connected again: its source side is
// switched on before it is opened, so that its first commit waits too.
void plan_source_on_at_once(Draft& draft, const SemiSync& seen) {
  const std::string& primary = draft.goal.primary;
  if (!draft.may_touch(primary) || !draft.seen.state(primary)->fenced()) return;
  if (!seen.source || seen.source->enabled) return;
  // The server may still be set to wait for more replicas than are declared.
  const int count = std::max(wait_count(draft), seen.source->wait_count);
  if (seen.source->clients.value_or(0) < count) return;
  note_source_off(draft, seen);
  draft.step(SetSemiSyncSource{primary, true, count, seen.source->old_names},
             "its replicas are connected again, so its first commit can wait for them");
}

// Do commits wait for more replicas, or longer, than is declared now?
bool lowers_the_limits(const Draft& draft, const SemiSync& seen) {
  return seen.source && seen.source->enabled &&
         (seen.source->wait_count > wait_count(draft) ||
          seen.source->timeout_ms > timeout_ms(draft));
}

}  // namespace

void plan_semi_sync_at_once(Draft& draft) {
  draft.stage = Stage::kSemiSyncLetGo;
  if (!to_be_judged(draft)) return;
  for (const ServerSpec& server : draft.spec.servers) {
    const SemiSync* seen = semi_sync_of(draft, *server.name);
    if (seen == nullptr) continue;
    if (!enabled(draft)) {
      plan_source_off(draft, *server.name, *seen, "semi-synchronous replication is declared off");
    } else if (!draft.is_primary(server)) {
      if (seen->source && seen->source->enabled)
        plan_source_off(
            draft, *server.name, *seen,
            "only the primary's may be on: here the applier waits for acknowledgements");
    } else {
      if (lowers_the_limits(draft, *seen)) plan_limits(draft, *server.name, *seen);
      plan_source_on_at_once(draft, *seen);
    }
  }
}

void plan_semi_sync(Draft& draft) {
  draft.stage = Stage::kSemiSync;
  if (!to_be_judged(draft)) return;
  if (!enabled(draft)) return plan_off(draft);
  for (const ServerSpec& server : draft.spec.servers)
    if (const SemiSync* seen = semi_sync_of(draft, *server.name))
      plan_load(draft, *server.name, *seen);
  for (const ServerSpec& server : draft.spec.servers) {
    const SemiSync* seen = semi_sync_of(draft, *server.name);
    if (seen == nullptr) continue;
    const bool primary = draft.is_primary(server);
    if (!primary || !lowers_the_limits(draft, *seen)) plan_limits(draft, *server.name, *seen);
    plan_replica_side(draft, *server.name, *seen, !primary);
  }
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal))
    plan_receiver(draft, *server);
  plan_primary(draft);
}

}  // namespace gtidops
