// The rules on the memory: is each server the one that it was, and does it hold what it once held?
// The servers may show no trace of either, so the memory decides (model/memory.h).
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "decide/draft.h"
#include "decide/hints.h"
#include "decide/remember.h"

namespace gtidops {
namespace {

// "db2 and db3 replicate from it at 10.0.0.9:3306": the replicas that are connected to the server
// with this server_uuid, by an address that nobody declared.
std::string live_elsewhere(const Draft& draft, const std::string& uuid) {
  std::vector<std::string> followers;
  std::string at;
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    const Channel* channel = state == nullptr ? nullptr : state->default_channel();
    if (channel == nullptr || channel->receiver != ThreadState::kOn || channel->source_uuid != uuid)
      continue;
    const Address dialled{channel->source_host, channel->source_port};
    if (!server_at(draft.spec, dialled).empty()) continue;
    followers.push_back(*server.name);
    at = dialled.to_string();
  }
  if (followers.empty()) return {};
  return ", which is alive: " + join_names(followers) +
         (followers.size() == 1 ? " replicates" : " replicate") + " from it at " + at +
         ", an address that nobody declared";
}

// A primary that is another server than it was is a change of roles that nobody has asked for.
void rule_primary_identity(Draft& draft) {
  const std::string& declared = draft.goal.primary;
  const ServerState* state = draft.seen.state(declared);
  if (state == nullptr || !established_is_gone(draft.spec, draft.seen, draft.intent)) return;
  // A known server that answers by its own name and takes writes was opened by a person.
  if (state->writable() && !is_stranger(draft.spec, draft.seen, draft.intent, declared)) return;
  const std::string& uuid = draft.intent.established_primary_uuid;
  draft.all_blocked = true;
  draft.differs(declared, "server_uuid", uuid, state->server_uuid);
  draft.refuse(declared, rule::kPrimaryIdentity,
               "at " + draft.spec.server(declared)->address->to_string() + " answers the server " +
                   state->server_uuid + ", but the primary was " + uuid +
                   live_elsewhere(draft, uuid),
               "correct the address of " + declared +
                   ", if it leads elsewhere; if the primary is lost for good and this server is to "
                   "be it: " +
                   acknowledge_hint(declared, rule::kPrimaryIdentity));
}

void rule_history_shrunk(Draft& draft, const ServerSpec& server, const KnownServer& known) {
  const std::string& name = *server.name;
  const bool told =
      std::any_of(draft.plan.refusals.begin(), draft.plan.refusals.end(), [&](const Finding& one) {
        return one.server == name && one.rule == rule::kPrimaryBehind;  // names the holders too
      });
  const GtidSet lost = known.lost.united(known.shrunk);
  if (lost.empty() || told) return;
  const bool leads = draft.is_primary(server) || name == draft.assessment.reference;
  const std::string why = "it once held " + counted(lost.count(), "transaction") +
                          " that it then did not: " + shortened(lost) +
                          "; whatever bears these numbers now may be something else";
  const std::string judged =
      "find out what became of them (RESET, an older copy, a crash); when that is judged: " +
      acknowledge_hint(name, rule::kHistoryShrunk);
  if (leads)
    draft.refuse(name, rule::kHistoryShrunk, why,
                 judged +
                     "; replicas that still hold them have other data under these numbers, and "
                     "are to be provisioned anew then");
  else if (known.shrunk.empty())
    draft.refuse_attach(name, rule::kHistoryShrunk, why,
                        provision_hint(draft, name) + "; or " + judged);
  else
    draft.refuse_replication(
        name, rule::kHistoryShrunk,
        fmt::format("{}; replicated again, they are applied twice where its data still have them",
                    why),
        fmt::format("{}; or, when its data are as they were and nothing was applied since: STOP "
                    "REPLICA; RESET BINARY LOGS AND GTIDS (RESET MASTER before 8.2); SET GLOBAL "
                    "gtid_purged to what it held right before (what stands here was last seen of "
                    "it, and may be less), and then: {}; in any other case find out first what "
                    "became of them (RESET, an older copy, a crash)",
                    provision_hint(draft, name), acknowledge_hint(name, rule::kHistoryShrunk)));
}

// The primary has lost transactions that this server holds, and has given their numbers to others.
// This server would skip those others, and still count as one that holds them.
void rule_renumbered(Draft& draft, const ServerSpec& server, const KnownServer& known) {
  // A server that lost transactions as a replica is refused by rule_history_shrunk().
  if (draft.is_primary(server) || !known.shrunk.empty()) return;
  const ServerState& state = *draft.seen.state(*server.name);
  const std::string& primary = draft.goal.primary;
  const ServerState* source = draft.seen.state(primary);
  const KnownServer* lost_by =
      source == nullptr ? nullptr : draft.intent.memory.of(source->server_uuid);
  GtidSet anew = known.renumbered;
  const bool judged = lost_by == nullptr || lost_by->lost.empty();
  if (!judged) anew = anew.united(lost_by->lost.intersected(source->executed_latest()));
  const GtidSet held = anew.intersected(state.gtid_executed);
  if (held.empty()) return;
  std::string judge;
  if (judged && would_skip(known, state, source).empty())
    judge = fmt::format("; or, when its data are as {}'s: {}", primary,
                        acknowledge_hint(*server.name, rule::kHistoryShrunk));
  else if (judged)
    judge = fmt::format("; or, {}", equal_data_hint(primary));
  draft.refuse_replication(
      *server.name, rule::kHistoryShrunk,
      fmt::format("it holds {} that {} lost, and whose numbers {} has perhaps given "
                  "to others since, which this server would skip: {}",
                  counted(held.count(), "transaction"), primary, primary, shortened(held)),
      fmt::format("compare its data with {}'s, and repeat there what is worth keeping, for nobody "
                  "else may hold it; only then provision it anew{}",
                  primary, judge));
}

bool filtered_now(const ServerState& state) {
  if (!passed_over_errors(state).empty()) return true;
  const bool channel = std::any_of(state.channels.begin(), state.channels.end(),
                                   [](const Channel& one) { return !one.filters.empty(); });
  return channel || (state.details && !state.details->binlog_filters.empty());
}

void rule_filtered_once(Draft& draft, const ServerSpec& server, const KnownServer& known) {
  // While the filter is in force, rule_filters() speaks of it.
  if (known.filters.empty() || filtered_now(*draft.seen.state(*server.name))) return;
  const std::string& name = *server.name;
  const std::string why =
      (known.decreed.empty() ? "transactions were left out there by a filter that is gone now, "
                               "though gtid_executed says "
                               "that it holds them: "
                             : "transactions were never replicated there, or left out, though "
                               "gtid_executed says that it "
                               "holds them: gtid_purged was set, or a filter is gone now: ") +
      join_names({known.filters.begin(), known.filters.end()});
  const bool is_reference = draft.assessment.reference == name;
  const std::string hint =
      (is_reference
           ? "compare the data of its replicas with it, and provision those anew that lack "
             "something"
           : provision_hint(draft, name)) +
      "; or, when a person has compared the data: " + acknowledge_hint(name, rule::kFilteredOnce);
  // A server that is the primary already stays the primary.
  if (draft.is_primary(server) && is_reference)
    draft.object(name, rule::kFilteredOnce, why, hint);
  else
    draft.refuse_attach(name, rule::kFilteredOnce, why, hint);
}

}  // namespace

void rules_on_memory(Draft& draft) {
  rule_primary_identity(draft);
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    const KnownServer* known =
        state == nullptr ? nullptr : draft.intent.memory.of(state->server_uuid);
    if (known == nullptr) continue;
    rule_history_shrunk(draft, server, *known);
    rule_renumbered(draft, server, *known);
    rule_filtered_once(draft, server, *known);
  }
}

}  // namespace gtidops
