#include "decide/hints.h"

#include <fmt/format.h>

namespace gtidops {

std::string provision_hint(const Draft& draft, const std::string& server, const std::string& how) {
  const std::string& source = draft.assessment.reference;
  const ServerState* state = draft.seen.state(server);
  const ServerState* copied = draft.seen.state(source);
  if (state == nullptr) return "provision it anew" + how;
  if (server == source)
    return "compare the data of the others with it before anything else: it is not to be "
           "provisioned "
           "anew as long as they are copies of it";
  GtidSet held = state->gtid_executed;
  for (const Channel& channel : state->channels) held = held.united(channel.retrieved);
  if (copied == nullptr)
    return "provision it anew" + how + ", but not before " + source +
           " can be seen: it may hold what nobody else does";
  const GtidSet only = held.subtracted(copied->executed_latest());
  if (only.empty()) return "provision it anew" + how;
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
         std::to_string(waiting.count()) +
         " transactions that it has received, which would be thrown away else; then " + reset;
}

std::string opening_by_hand(const std::string& server) {
  return fmt::format(
      "on {}, once it has applied all that it has received: STOP REPLICA; RESET REPLICA ALL; SET "
      "GLOBAL super_read_only = OFF, read_only = OFF; and declare primary: {}",
      server, server);
}

std::string acknowledge_hint(const std::string& server, const char* rule) {
  return fmt::format(
      "gtidops acknowledge PATH --server {} --rule {} --reason TEXT (with the daemon's "
      "--state-dir, "
      "and the daemon stopped meanwhile)",
      server, rule);
}

}  // namespace gtidops
