// What every action is made of. An action is a small struct with
//   kName            its name in plans, JSON, metrics
//   server           the server it is about
//   describe()       one line for a person, beginning with a verb
//   risk()           see model/risk.h
//   touches()        the servers that must be looked at, fresh, before it and after it
//   kDepth           how deep that look must be
//   precondition()   what must hold, else the step is refused
//   postcondition()  what holds once it is done; when it holds before, the step is skipped
//   statements()     the SQL it runs on a server of that version: exactly what `plan --sql` prints
// model/action.h puts them into one closed variant and checks at compile time that none of these is
// missing.
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

// Runs `judge` on the server's state; unknown with the reason when it could not be read.
template <class Judge>
Check check_state(const Observation& seen, const std::string& server, Judge judge) {
  const ServerState* state = seen.state(server);
  if (state == nullptr) return Check::unknown(server + " cannot be read");
  return judge(*state);
}

// The same for what only a deep look reads.
template <class Judge>
Check check_details(const Observation& seen, const std::string& server, Judge judge) {
  return check_state(seen, server, [&](const ServerState& state) {
    if (!state.details) return Check::unknown(server + " was not looked at in depth");
    return judge(state, *state.details);
  });
}

// An account can be written only where writes go: on the open primary, and from there into the
// binary log.
inline Check open_primary(const Observation& seen, const std::string& server) {
  return check_state(seen, server, [&](const ServerState& state) {
    if (!state.writable()) return Check::does_not(server + " is read-only");
    if (!state.channels.empty()) return Check::does_not(server + " is a replica");
    return Check::holds();
  });
}

}  // namespace gtidops
