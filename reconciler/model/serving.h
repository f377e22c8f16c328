// hindrances: why clients could not use a server that takes over from another, or gtidops could not
// end what it has begun there, although its data are all right. Asked while nothing is touched, and
// once more right before the switch begins.
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
    kForbids,  // clients, replicas or gtidops are kept out; better than nobody who takes writes
    kUseless,  // nobody would be served: opening it is no use even when nobody else is open
  };
  Weight weight = Weight::kForbids;
  std::string rule;
  std::string why;
  std::string hint;
};

// Of `to`, compared with `from` where it is a matter of what clients are used to.
std::vector<Hindrance> hindrances(const ServerState& to, const ServerState& from,
                                  const std::string& from_name);

// "connection 17 of backup@10.0.0.9 holds LOCK INSTANCE FOR BACKUP"; empty: nobody is known to.
// STOP REPLICA and STOP REPLICA SQL_THREAD are refused then (error 3857, also when the thread is
// not running), and the former has stopped the receiver by that time.
std::string backup_lock_of(const ServerState& state);

}  // namespace gtidops
