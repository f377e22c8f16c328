// candidate: what makes a server unfit to be the primary after `from`, judged by its settings and
// data. The planned switch (rules_role_change.cc) reports each flaw as a refusal; the metric
// gtidops_failover_ready asks whether any server could take over now.
//
// Two things are judged elsewhere, because the planned switch judges them differently. It ignores
// `promotion`, since a person named the candidate, and judges lag and threads by how far the change
// has come. It tolerates errant transactions on a candidate that it may have opened itself.
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
  bool has_a_rule = false;  // a rule of its own reports it for any server
};

// `state` is the state of server `name`. An empty result: it is fit.
std::vector<Flaw> flaws_of_candidate(const Spec& spec, const Goal& goal, const Observation& seen,
                                     const std::string& name, const ServerState& state,
                                     const std::string& from);

}  // namespace gtidops
