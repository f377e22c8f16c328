// common: what every action is made of. An action is a small struct with
//   kName            its name in plans, JSON, metrics
//   server           the server that it changes
//   describe()       one line for a person, beginning with a verb
//   risk()           see model/risk.h
//   touches()        the servers that are looked at right before it and after it
//   kDepth           how deep these looks are
//   precondition()   what must hold, else the step is refused
//   postcondition()  what holds once it is done; a step for which it holds before is skipped
//   statements()     its SQL for a server of this version: exactly what `plan --sql` prints
// model/action.h puts the actions into one closed variant and checks at compile time that each has
// all of these.
//
// Thread-safety: plain values, pure functions. Errors: none; a Check says why something is unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/check.h"
#include "model/depth.h"
#include "model/observation.h"
#include "model/risk.h"
#include "model/statement.h"

namespace gtidops {

// The words that confine START, STOP, RESET and CHANGE to one channel. Without them they would act
// on all channels, also on those that are not gtidops'.
std::string for_channel(const std::string& name);
// " (channel east)", for a person; empty for the default channel.
std::string of_channel(const std::string& name);

// Judges the server's state; the Check is unknown when the server could not be read.
template <class Judge>
Check check_state(const Observation& seen, const std::string& server, Judge judge) {
  const ServerState* state = seen.state(server);
  if (state == nullptr) return Check::unknown(server + " cannot be read");
  return judge(*state);
}

// Judges what only a look in depth reads (Depth::kDetails).
template <class Judge>
Check check_details(const Observation& seen, const std::string& server, Judge judge) {
  return check_state(seen, server, [&](const ServerState& state) {
    if (!state.details) return Check::unknown(server + " was not looked at in depth");
    return judge(state, *state.details);
  });
}

// Is this server an open primary? Only there can an account be changed: the change has to get into
// the binary log that the replicas follow.
inline Check open_primary(const Observation& seen, const std::string& server) {
  return check_state(seen, server, [&](const ServerState& state) {
    if (!state.writable()) return Check::does_not(server + " is read-only");
    if (!state.channels.empty()) return Check::does_not(server + " is a replica");
    return Check::holds();
  });
}

}  // namespace gtidops
