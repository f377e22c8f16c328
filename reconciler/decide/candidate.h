// candidate: what makes a server unfit to be the primary after `from`, told by what it is and not
// by what is under way: one list for the planned switch (rules_role_change.cc), which says each as
// a refusal, and for the question whether anybody could take over now (gtidops_failover_ready).
//
// Not in it, since they ask for different things: the switch is to a server that a person named
// (`promotion` does not count), whose lag and threads it judges by how far the change has come; and
// errant transactions, which it forgives a server that it may have opened itself.
//
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/goal.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops {

struct Flaw {
  std::string rule, why, hint;
  bool has_a_rule = false;  // of its own, which says it of any server, candidate or not
};

// `state` is that of the server `name`. Empty: it is fit.
std::vector<Flaw> flaws_of_candidate(const Spec& spec, const Goal& goal, const Observation& seen,
                                     const std::string& name, const ServerState& state,
                                     const std::string& from);

}  // namespace gtidops
