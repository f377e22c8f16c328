#include "decide/hints.h"

#include <fmt/format.h>

#include "base/words.h"
#include "model/rules.h"

namespace gtidops {

namespace {

// The refusal that asks which server holds the truth; nullptr: there is none. While it stands,
// another server may hold the only copy of transactions that were confirmed to clients. They must
// not be repeated on this primary, and a copy of it must not overwrite them.
const Finding* who_holds_the_truth(const Draft& draft) {
  for (const Finding& refusal : draft.plan.refusals)
    if (refusal.rule == rule::kPrimaryDiverged || refusal.rule == rule::kPrimaryBehind)
      return &refusal;
  return nullptr;
}

}  // namespace

std::string provision_hint(const Draft& draft, const std::string& server, const std::string& how) {
  const std::string& source = draft.assessment.reference;
  const ServerState* state = draft.seen.state(server);
  const ServerState* copied = draft.seen.state(source);
  if (state == nullptr) return "provision it anew" + how;
  if (perhaps_was_the_primary(draft, server))
    return perhaps_the_primary_hint(server, draft.goal.primary);
  if (server == source)
    return "compare the data of the others with it before anything else: it is not to be "
           "provisioned "
           "anew as long as they are copies of it";
  if (copied == nullptr)
    return "provision it anew" + how + ", but not before " + source +
           " can be seen: it may hold what nobody else does";
  const GtidSet only = state->held_latest().subtracted(copied->executed_latest());
  if (only.empty()) return "provision it anew" + how;
  if (const Finding* first = who_holds_the_truth(draft))
    return fmt::format(
        "until it is decided what {} asks, repeat nothing on {} and provision nobody anew: what {} "
        "lacks and {} holds ({}) may be what clients were told is committed",
        first->rule, source, source, server, shortened(only));
  return "look at them with mysqlbinlog (" + std::to_string(only.count()) + " that " + source +
         " lacks: " + shortened(only) + "); repeat on " + source +
         " what is worth keeping; only when nothing there is missed may it be provisioned anew" +
         how;
}

std::string reset_hint(const ServerState& state, const Channel& channel) {
  const std::string of = " FOR CHANNEL '" + channel.name + "'";
  const GtidSet waiting = channel.retrieved.subtracted(state.gtid_executed);
  const std::string reset = "STOP REPLICA" + of + "; RESET REPLICA ALL" + of;
  if (waiting.empty()) return reset;
  return "START REPLICA SQL_THREAD" + of + ", until it has applied the " +
         counted(waiting.count(), "transaction") +
         " that it has received, which would be thrown away else; then " + reset;
}

std::string opening_by_hand(const std::string& server) {
  return fmt::format(
      "on {}, once it has applied all that it has received: STOP REPLICA; RESET REPLICA ALL; SET "
      "GLOBAL super_read_only = OFF, read_only = OFF; and declare primary: {}",
      server, server);
}

std::string equal_data_hint(const std::string& primary) {
  return fmt::format(
      "when its data are just as {}'s were at one gtid_executed of {} (compared while nobody "
      "wrote): STOP REPLICA; RESET BINARY LOGS AND GTIDS (RESET MASTER before 8.2); SET GLOBAL "
      "gtid_purged to that gtid_executed; and acknowledge what is refused then",
      primary, primary);
}

std::string taking_over_by_hand(const Draft& draft, const std::string& wanted,
                                const std::string& gone) {
  const ServerState* state = draft.seen.state(wanted);
  const GtidSet held = state == nullptr ? GtidSet{} : state->held_latest();
  std::string fuller;
  GtidSet most;
  std::vector<std::string> unseen;
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    if (name == wanted || name == gone) continue;
    const ServerState* other = draft.seen.state(name);
    if (other == nullptr) {
      unseen.push_back(name);
      continue;
    }
    GtidSet more = other->held_latest().subtracted(held);
    if (more.count() <= most.count()) continue;
    most = std::move(more);
    fuller = name;
  }
  const std::string first =
      unseen.empty()
          ? ""
          : fmt::format("bring up {} before, which may hold more; then ", join_names(unseen));
  if (fuller.empty()) return first + opening_by_hand(wanted);
  return fmt::format(
      "{}not {}, for {} holds {} that it lacks ({}), but {}: {}; or let {} fetch them from {} "
      "before",
      first, wanted, fuller, counted(most.count(), "transaction"), shortened(most), fuller,
      opening_by_hand(fuller), wanted, fuller);
}

std::string two_writable_hint(const std::string& server, const std::string& primary) {
  return fmt::format(
      "find out which of the two the clients write to; on the other one: SET GLOBAL "
      "super_read_only = "
      "ON. If clients write to {}, declare that it is the primary; {} is closed then",
      server, primary);
}

std::string perhaps_the_primary_hint(const std::string& server, const std::string& declared) {
  return fmt::format(
      "if {0} was the primary, declare primary: {0}, and change the roles when {1} is its replica; "
      "if the data on {0} are not this topology's, take {0} out of the file; provision nobody anew "
      "before",
      server, declared);
}

std::string acknowledge_hint(const std::string& server, const char* rule) {
  return fmt::format(
      "gtidops acknowledge PATH --server {} --rule {} --reason TEXT (with the daemon's "
      "--state-dir, "
      "and the daemon stopped meanwhile)",
      server, rule);
}

}  // namespace gtidops
