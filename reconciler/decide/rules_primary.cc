// The rules on the primary: is the declared server the primary, and may it be? The file is followed
// only while no other server may hold what clients were told is committed.
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "decide/hints.h"
#include "decide/writers.h"

namespace gtidops {
namespace {

// Has this server gone on where the declared primary stopped?
bool went_on(const Draft& draft, const ServerState& primary, const std::string& name) {
  const ServerAssessment& one = draft.assessment.of(name);
  const ServerState& state = *draft.seen.state(name);
  if (!one.errant || one.errant->empty()) return false;
  const bool leads = state.channels.empty() && !one.followers.empty() &&
                     (state.writable() || !primary.writable() || leads_undeclared(draft, name));
  return leads || (one.shares_history && state.writable() && !primary.writable());
}

void refuse_diverged(Draft& draft, const std::string& name) {
  const std::string& declared = draft.goal.primary;
  const ServerAssessment& one = draft.assessment.of(name);
  std::vector<std::string> signs;
  if (draft.seen.state(name)->writable()) signs.emplace_back("it takes writes");
  if (!one.followers.empty())
    signs.push_back(join_names(one.followers) +
                    (one.followers.size() == 1 ? " replicates from it" : " replicate from it"));
  if (one.errant && !one.errant->empty())
    signs.push_back("it holds " + counted(one.errant->count(), "transaction") + " that " +
                    declared + " does not");
  draft.differs(declared, "primary", declared, name);
  draft.refuse(
      "", rule::kPrimaryDiverged,
      declared + " is declared the primary, but " + name + " has acted as it: " + join_names(signs),
      "find out which of the two holds the truth before anything else; then declare primary: " +
          name + ", or change the roles by hand");
}

void rule_primary_diverged(Draft& draft) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  if (primary == nullptr || !primary->channels.empty()) return;
  if (draft.assessment.reference != draft.goal.primary) return;  // a change of roles
  for (const ServerSpec& server : draft.spec.servers) {
    if (draft.seen.state(*server.name) == nullptr || draft.is_primary(server)) continue;
    // A closed server that replicas still follow, and that holds nothing beyond the declared
    // primary, does not act as the primary: the declared one was established after it.
    const auto& errant = draft.assessment.of(*server.name).errant;
    const bool surpassed = draft.intent.established_primary_uuid == primary->server_uuid &&
                           draft.seen.state(*server.name)->fenced() && errant && errant->empty();
    const bool acts = draft.assessment.observed_primary == *server.name && !surpassed;
    if (acts || went_on(draft, *primary, *server.name)) return refuse_diverged(draft, *server.name);
  }
}

// The channel of this server whose receiver runs from a source that is not seen. That source is
// alive, and may be the primary. nullptr: none.
const Channel* live_source_of(const Draft& draft, const std::string& name) {
  const ServerState* state = draft.seen.state(name);
  if (state == nullptr) return nullptr;
  for (const Channel& channel : state->channels)
    if (channel.receiver == ThreadState::kOn && !channel.source_uuid.empty() &&
        !draft.seen.sees(channel.source_uuid))
      return &channel;
  return nullptr;
}

void refuse_behind(Draft& draft, const std::string& name, const GtidSet& beyond, const char* how) {
  const std::string& declared = draft.goal.primary;
  if (const Channel* live = live_source_of(draft, name)) {
    draft.refuse(
        declared, rule::kPrimaryBehind,
        fmt::format("it is not opened for writes: {} holds {} that {}{}{}", name,
                    counted(beyond.count(), "transaction"), declared, how, shortened(beyond)),
        fmt::format("{} is connected to the server {} at {}, which is alive, cannot be seen, "
                    "and perhaps takes writes: bring that one into sight before anything "
                    "else, and open nobody beside it",
                    name, live->source_uuid,
                    Address{live->source_host, live->source_port}.to_string()));
    return;
  }
  draft.refuse(
      declared, rule::kPrimaryBehind,
      "it is not opened for writes: " + name + " holds " + counted(beyond.count(), "transaction") +
          " that " + declared + how + shortened(beyond),
      fmt::format("make the one that holds the most the primary ({}), or let {} fetch them first "
                  "(while it is closed; where some of them are its own, under another server_id "
                  "from the start); provision nobody anew before: a copy would go over what may "
                  "be the last of them",
                  taking_over_by_hand(draft, name, declared), declared));
}

// What this server holds of the remembered history of the primary, and the declared primary lacks,
// though nothing may connect the two any more. The history is that of the established primary, of a
// switch's candidate, which may have been open, and of the declared primary itself.
GtidSet beyond_by_memory(const Draft& draft, const ServerState& primary, const ServerState& other) {
  GtidSet history;
  for (const std::string& uuid :
       {draft.intent.established_primary_uuid, draft.intent.to_uuid, primary.server_uuid})
    if (const KnownServer* known = draft.intent.memory.of(uuid))
      history = history.united(known->executed).united(known->lost);
  return other.gtid_executed.intersected(history).subtracted(primary.executed_or_in_flight());
}

// What a server that follows the declared primary's address holds, and the declared primary lacks,
// though they share no transaction. Another server had that address, and this one may be empty.
GtidSet beyond_by_address(const Draft& draft, const ServerState& primary, const ServerState& other,
                          const ServerAssessment& one) {
  if (one.observed_source != draft.goal.primary) return {};
  GtidSet held = other.gtid_executed;
  for (const Channel& channel : other.channels) held = held.united(channel.retrieved);
  return held.subtracted(held.of_server(other.server_uuid)).subtracted(primary.executed_latest());
}

// The declared primary is not opened beside it: what clients were told is committed would stand on
// that server alone.
bool refuse_empty(Draft& draft, const ServerState& primary, const std::string& name) {
  if (!perhaps_was_the_primary(draft, name)) return false;
  const std::string& declared = draft.goal.primary;
  const GtidSet beyond =
      draft.seen.state(name)->executed_latest().subtracted(primary.executed_latest());
  const std::string more = beyond.empty() ? ""
                                          : fmt::format(", with {} that {} lacks: {}",
                                                        counted(beyond.count(), "transaction"),
                                                        declared, shortened(beyond));
  draft.refuse(
      declared, rule::kPrimaryBehind,
      fmt::format("it is not opened for writes: it holds no data, and {} does{}", name, more),
      perhaps_the_primary_hint(name, declared));
  return true;
}

// A primary that is read-only after a crash is opened again only if no replica has received more of
// its transactions than it still has itself.
void rule_primary_behind(Draft& draft) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  if (primary == nullptr || !primary->channels.empty() || primary->writable()) return;
  if (draft.assessment.reference != draft.goal.primary) return;  // a change of roles
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state == nullptr || draft.is_primary(server)) continue;
    const ServerAssessment& one = draft.assessment.of(*server.name);
    const GtidSet lost = lost_by(*primary, *state);
    if (const GtidSet own = lost.of_server(primary->server_uuid); !own.empty())
      return refuse_behind(draft, *server.name, own, " committed and has lost: ");
    // Transactions of another server_uuid, perhaps of the one that this primary had before.
    if (!lost.empty()) return refuse_behind(draft, *server.name, lost, " does not: ");
    // The two share only the address: the server there was provisioned anew.
    if (const GtidSet theirs = beyond_by_address(draft, *primary, *state, one); !theirs.empty())
      return refuse_behind(draft, *server.name, theirs, " does not: ");
    if (const GtidSet ours = beyond_by_memory(draft, *primary, *state); !ours.empty())
      return refuse_behind(draft, *server.name, ours, " does not: ");
    const KnownServer* known = draft.intent.memory.of(state->server_uuid);
    if (known != nullptr) {
      // This server lost transactions of its own: others hold something else under their numbers.
      const GtidSet doubtful = known->written_since ? state->executed_latest() : known->lost;
      if (const GtidSet anew =
              doubtful.intersected(state->executed_latest()).of_server(state->server_uuid);
          !anew.empty())
        return refuse_behind(draft, *server.name, anew, " holds as something else: ");
      if (const GtidSet own = known->perhaps_primarys.intersected(state->gtid_executed)
                                  .subtracted(primary->executed_latest());
          !own.empty())
        return refuse_behind(draft, *server.name, own,
                             " does not, committed when nobody else took writes: ");
    }
    // A server that left the replication and committed something was perhaps the primary meanwhile.
    // Where no primary is established, so was a server that is a replica now.
    const bool perhaps =
        one.role != Role::kReplica || draft.intent.established_primary_uuid.empty();
    if (one.shares_history && perhaps && one.errant && !one.errant->empty())
      return refuse_behind(draft, *server.name, *one.errant, " never received: ");
    if (refuse_empty(draft, *primary, *server.name)) return;
  }
}

}  // namespace

bool holds_no_data(const ServerState& state) {
  if (!state.details || !state.details->schemas) return false;
  const auto& schemas = *state.details->schemas;
  return std::all_of(schemas.begin(), schemas.end(),
                     [](const SchemaSize& one) { return one.tables == 0; });
}

bool perhaps_was_the_primary(const Draft& draft, const std::string& server) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  const ServerState* other = draft.seen.state(server);
  if (primary == nullptr || other == nullptr || !holds_no_data(*primary) || holds_no_data(*other))
    return false;
  const std::string& established = draft.intent.established_primary_uuid;
  if (!established.empty() && established != primary->server_uuid) return false;
  // Where its schemas cannot be read, only transactions tell.
  const bool data = other->details && other->details->schemas;
  return data || !other->executed_latest().subtracted(primary->executed_latest()).empty();
}

bool leads_undeclared(const Draft& draft, const std::string& server) {
  const auto& followers = draft.assessment.of(server).followers;
  return std::any_of(followers.begin(), followers.end(), [&](const std::string& follower) {
    return draft.goal.source_of(*draft.spec.server(follower)) != server;
  });
}

void rules_on_primary(Draft& draft) {
  rule_nobody_follows_the_open_one(draft);
  rule_primary_diverged(draft);
  rule_primary_behind(draft);
}

}  // namespace gtidops
