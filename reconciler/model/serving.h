// hindrances: why a server is unfit to be the primary although its data are in order: clients could
// not use it, or gtidops could not finish the change of roles there. Judged while nothing is
// touched, and once more right before the switch begins.
//
// Thread-safety: pure functions. Errors: none; what was not read hinders nothing.
#pragma once

#include <string>
#include <vector>

#include "model/observation.h"

namespace gtidops {

struct Hindrance {
  enum class Weight {
    kWarns,    // some clients may notice
    kForbids,  // some clients, replicas or gtidops are locked out; better than no primary at all
    // nobody would be served, so that opening it does not help even when no server is open
    kUseless,
  };
  Weight weight = Weight::kForbids;
  std::string rule;
  std::string why;
  std::string hint;
};

// What hinders `to`. Settings that clients rely on are compared with those of `from`.
std::vector<Hindrance> hindrances(const ServerState& to, const ServerState& from,
                                  const std::string& from_name);

// "connection 17 of backup@10.0.0.9 holds LOCK INSTANCE FOR BACKUP"; empty: no such session is
// known. While the lock is held, STOP REPLICA and STOP REPLICA SQL_THREAD fail with error 3857,
// even when the applier does not run. STOP REPLICA has stopped the receiver by then.
std::string backup_lock_of(const ServerState& state);

}  // namespace gtidops
