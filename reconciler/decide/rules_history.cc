// The rules on errant, purged and missing transactions: can this server follow, and does it hold
// what its gtid_executed says that it holds?
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/words.h"
#include "decide/draft.h"
#include "decide/hints.h"
#include "decide/remember.h"
#include "model/actions/replica.h"

namespace gtidops {
namespace {

constexpr const char* kHow = " from a backup or by CLONE";

std::string transactions(std::int64_t count) { return counted(count, "transaction"); }

bool holds_no_schema(const ServerState& state) {
  return state.details && state.details->schemas && state.details->schemas->empty();
}

std::string errant_hint(const Draft& draft, const ServerSpec& server) {
  if (holds_no_schema(*draft.seen.state(*server.name)))
    return "it holds no schema of users, so there is nothing to lose: RESET BINARY LOGS AND GTIDS "
           "there (RESET MASTER before 8.2), drop the accounts that the primary's history creates "
           "again, and run this again";
  const std::string hint = provision_hint(draft, *server.name);
  if (draft.assessment.of(*server.name).shares_history) return hint;
  return fmt::format(
      "it never followed {}: correct the address, if another server was meant; else {}",
      draft.assessment.reference, hint);
}

void rule_errant(Draft& draft, const ServerSpec& server) {
  const ServerAssessment& one = draft.assessment.of(*server.name);
  if (!one.errant || one.errant->empty()) return;
  const ServerState& state = *draft.seen.state(*server.name);
  const ServerState& primary = *draft.seen.state(draft.assessment.reference);
  std::string why = "it holds " + transactions(one.errant->count()) + " that " +
                    draft.assessment.reference + " does not: " + shortened(*one.errant);
  if (!one.errant->of_server(primary.server_uuid).empty())
    why += "; some were committed on " + draft.assessment.reference +
           " itself, which lost them, in a crash for instance, and is not committing them now";
  const bool empty = holds_no_schema(state);
  // On a server that never followed the primary, errant transactions are a history of its own, and
  // it may be another server than was meant: then onErrant: alert is not enough.
  if (*draft.spec.gtid.on_errant == OnErrant::kAlert && (one.shares_history || empty)) {
    draft.warn(*server.name, rule::kErrantTransactions, why,
               "look at them with mysqlbinlog before it ever becomes the primary");
    return;
  }
  std::string hint = errant_hint(draft, server);
  const OnErrant policy = *draft.spec.gtid.on_errant;
  if (policy == OnErrant::kInjectEmpty || policy == OnErrant::kRebuild)
    hint += "; gtid.onErrant declares otherwise, which this version does not do yet";
  if (empty)
    draft.refuse_until_copied(*server.name, rule::kErrantTransactions, why, hint);
  else if (one.shares_history)
    draft.refuse_attach(*server.name, rule::kErrantTransactions, why, hint);
  else
    draft.refuse(*server.name, rule::kErrantTransactions, why, hint);
}

// The clients of these transactions were told nothing yet, so this only warns. The commits end by
// themselves, unless they wait for an acknowledgement that nobody sends.
void rule_in_flight(Draft& draft, const ServerSpec& server) {
  const ServerAssessment& one = draft.assessment.of(*server.name);
  if (one.in_flight.empty()) return;
  const std::string& reference = draft.assessment.reference;
  draft.warn(
      *server.name, rule::kInFlight,
      fmt::format("it holds {} that {} is still committing: {}",
                  transactions(one.in_flight.count()), reference, shortened(one.in_flight)),
      fmt::format("if it lasts, look on {} for sessions in the state \"Waiting for semi-sync "
                  "ACK from replica\", and whether the replicas that acknowledge are connected",
                  reference));
}

// MySQL's receiver asks for what the replica lacks, but leaves out what bears the replica's own
// server_id (the manual, --replicate-same-server-id) and what it has received once already.
void rule_gap(Draft& draft, const ServerSpec& server) {
  const GtidSet gap = gap_of(draft, server);
  if (gap.empty()) return;
  const ServerState& state = *draft.seen.state(*server.name);
  const std::string source = draft.goal.source_of(server);
  const KnownServer* known = draft.intent.memory.of(state.server_uuid);
  const bool own = gap.of_server(state.server_uuid) == gap ||
                   (known != nullptr && known->passed_over.contains(gap));
  draft.object(
      *server.name, rule::kGapInHistory,
      fmt::format("it lacks {} of {} that its running channel will not bring any more{}: {}",
                  transactions(gap.count()), source,
                  own ? ", since they bear its own server_id, and MySQL takes them for its own"
                      : ", since it holds newer ones",
                  shortened(gap)),
      provision_hint(draft, *server.name) +
          (own ? "; a copy that lacks them, too, leaves them out again, unless it has another "
                 "server_id before its first start"
               : ""));
}

// Do the binary logs of `state` begin before `gone`, so that it can still send all of it?
bool can_send(const ServerState& state, const GtidSet& gone) {
  return state.gtid_executed.contains(gone) && !state.gtid_purged.intersects(gone);
}

// A server that can still send all of `gone`. Empty: none.
std::string who_still_has(const Draft& draft, const ServerSpec& server, const GtidSet& gone) {
  for (const ServerSpec& other : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*other.name);
    if (state != nullptr && *other.name != *server.name && *other.name != draft.goal.primary &&
        draft.goal.source_of(other) != *server.name && can_send(*state, gone) &&
        draft.blocked.count(*other.name) == 0)
      return *other.name;
  }
  return {};
}

// Does the source that it has now still have all of `gone`, and nothing that the primary has not?
// Such a replica only needs time: after a switch to a server that was copied lately, for instance,
// whose binary logs begin at the copy.
bool fetches_from_its_source(const Draft& draft, const ServerSpec& server, const GtidSet& gone) {
  const std::string& now = draft.assessment.of(*server.name).observed_source;
  const ServerState* from = draft.seen.state(now);
  if (from == nullptr || !can_send(*from, gone) || draft.blocked.count(now) > 0) return false;
  const auto& errant = draft.assessment.of(now).errant;
  return now == draft.goal.primary || (errant && errant->empty());
}

// Is everything in its relay log on the reference, too? What only a lost primary had committed is
// for a person to judge before it is applied anywhere.
bool applies_no_errant(const Draft& draft, const ServerState& state) {
  const ServerState* reference = draft.seen.state(draft.assessment.reference);
  return reference != nullptr &&
         received_unapplied(state).subtracted(reference->executed_latest()).empty();
}

void rule_unrecoverable(Draft& draft, const ServerSpec& server) {
  const ServerAssessment& one = draft.assessment.of(*server.name);
  if (!one.unrecoverable.value_or(false)) return;
  const std::string source = draft.goal.source_of(server);
  const ServerState& state = *draft.seen.state(*server.name);
  const GtidSet gone = draft.seen.state(source)->gtid_purged.subtracted(state.gtid_executed);
  const std::string& now = one.observed_source;
  const Channel* channel = state.default_channel();
  if (channel != nullptr && channel->retrieved.contains(gone) && applies_no_errant(draft, state)) {
    draft.fetching.insert(*server.name);
    return draft.warn(
        *server.name, rule::kFetchesFirst,
        fmt::format("{} has purged {} that it has received from {} and not applied yet: {}", source,
                    transactions(gone.count()), now, shortened(gone)),
        fmt::format("see that its applier runs: when it has applied them, it is moved under {}",
                    source));
  }
  if (fetches_from_its_source(draft, server, gone)) {
    draft.fetching.insert(*server.name);
    return draft.warn(
        *server.name, rule::kFetchesFirst,
        fmt::format("{} has purged {} that it lacks, and {}, which it follows, still has them: {}",
                    source, transactions(gone.count()), now, shortened(gone)),
        fmt::format("nothing is to be done but to keep {} running: when it holds them, it is moved "
                    "under {}",
                    now, source));
  }
  const std::string still = who_still_has(draft, server, gone);
  draft.refuse_until_copied(
      *server.name, rule::kUnrecoverable,
      source + " has purged " + transactions(gone.count()) + " that it lacks: " + shortened(gone),
      (still.empty()
           ? ""
           : fmt::format("{} still has them in its binary logs: declare source: {} for {} "
                         "until that has caught up; else ",
                         still, still, *server.name)) +
          provision_hint(draft, *server.name, kHow));
}

std::set<std::string> schema_names(const Details& details) {
  std::set<std::string> names;
  for (const SchemaSize& schema : *details.schemas) names.insert(schema.name);
  return names;
}

// The server is no replica, and its gtid_executed does not account for its data. Replicating into
// it would mix two histories, and it may not be the server that was meant.
void rule_existing_data(Draft& draft, const ServerSpec& server) {
  const ServerAssessment& one = draft.assessment.of(*server.name);
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  const ServerState& state = *draft.seen.state(*server.name);
  if (one.role == Role::kReplica || primary == nullptr) return;
  // It acts as the primary: the declared one is to be judged by it.
  if (*server.name == draft.assessment.reference) return;
  if (one.errant && !one.errant->empty()) return;  // rule_errant has judged it
  if (!state.details || !state.details->schemas || state.details->schemas->empty()) return;
  const GtidSet& all = primary->executed_latest();
  if (state.gtid_executed.intersects(all)) return;
  std::set<std::string> foreign = schema_names(*state.details);
  // Where the primary has no GTIDs yet, a schema that both have is taken for the same data.
  if (all.empty() && primary->details && primary->details->schemas)
    for (const std::string& name : schema_names(*primary->details)) foreign.erase(name);
  if (foreign.empty()) return;
  draft.refuse(
      *server.name, rule::kExistingData,
      "it replicates from nobody, and holds data that its gtid_executed does not account for: " +
          join_names({foreign.begin(), foreign.end()}),
      "correct the address, if another server was meant; else save what is worth keeping of them "
      "(mysqldump), for nobody else may have it, and only then provision it anew");
}

// Each schema and each table took at least one transaction: a shorter history cannot have made
// them.
bool too_short_for(const ServerState& source, const std::vector<std::string>& schemas) {
  std::int64_t least = 0;
  for (const SchemaSize& schema : *source.details->schemas)
    if (std::find(schemas.begin(), schemas.end(), schema.name) != schemas.end())
      least += 1 + schema.tables;
  return source.executed_latest().count() < least;
}

// GTID sets say nothing about data that was written without GTIDs, so schemas are compared here.
void rule_data_without_history(Draft& draft, const ServerSpec& server) {
  const ServerState& state = *draft.seen.state(*server.name);
  const std::string source = draft.goal.source_of(server);
  const ServerState* from = draft.seen.state(source);
  if (from == nullptr || !from->details || !from->details->schemas || !state.details ||
      !state.details->schemas)
    return;
  if (from->gtid_mode != "ON") return;  // its gtid_executed tells nothing
  const std::set<std::string> here = schema_names(*state.details);
  std::vector<std::string> lacking;
  for (const std::string& name : schema_names(*from->details))
    if (here.count(name) == 0) lacking.push_back(name);
  if (lacking.empty()) return;
  const std::string names = join_names(lacking);
  const KnownServer* known = draft.intent.memory.of(state.server_uuid);
  const bool lacked_before =
      known != nullptr && std::any_of(lacking.begin(), lacking.end(), [&](const auto& name) {
        return known->lacks_schemas.count(name) > 0;
      });
  if (lacked_before || state.gtid_executed.contains(from->executed_latest())) {
    draft.refuse_attach(
        *server.name, rule::kDataMissing,
        "its gtid_executed says that it holds all of " + source + ", but it lacks the schema " +
            names,
        provision_hint(draft, *server.name) +
            ": what it lacks was written without GTIDs, filtered, or dropped by hand");
    return;
  }
  // A purged history is in gtid_purged, which rule_unrecoverable() has compared.
  const auto& first = from->details->first_binary_log;
  const bool whole = !from->gtid_purged.empty() ||
                     (first && is_first_binary_log(*first) && !too_short_for(*from, lacking));
  if (draft.assessment.of(*server.name).role != Role::kReplica && !whole)
    draft.refuse_until_copied(
        *server.name, rule::kHistoryBeforeGtid,
        source + " holds " + names +
            ", but its binary logs do not reach back to its beginning, and gtid_purged does not "
            "tell of what they lack: it was written without GTIDs, or before a RESET",
        provision_hint(draft, *server.name, kHow));
}

}  // namespace

GtidSet gap_of(const Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  const std::string source = draft.goal.source_of(server);
  const ServerState* from = draft.seen.state(source);
  if (state == nullptr || from == nullptr ||
      draft.assessment.of(*server.name).observed_source != source ||
      !channel_runs(*state, *server.name))
    return {};
  const KnownServer* known = draft.intent.memory.of(state->server_uuid);
  const GtidSet passed = known == nullptr ? GtidSet() : known->passed_over;
  return never_arrives(*state, *from)
      .united(passed.intersected(from->gtid_executed).subtracted(state->executed_or_in_flight()));
}

void tell_errant_anew(Draft& draft) {
  for (Finding& one : draft.plan.refusals) {
    const bool curable =
        std::find(draft.curable.begin(), draft.curable.end(), one) != draft.curable.end();
    if (one.rule == rule::kErrantTransactions && !curable)
      one.hint = errant_hint(draft, *draft.spec.server(one.server));
  }
}

void rules_on_history(Draft& draft) {
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal)) {
    if (draft.seen.state(*server->name) == nullptr) continue;
    rule_errant(draft, *server);
    rule_in_flight(draft, *server);
    rule_gap(draft, *server);
    rule_unrecoverable(draft, *server);
    rule_existing_data(draft, *server);
    rule_data_without_history(draft, *server);
  }
}

}  // namespace gtidops
