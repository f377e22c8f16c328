// What a replica may be told of its source, for the tests of actions.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "model/action.h"

namespace gtidops {

using Texts = std::vector<std::string>;

SecretRef env(const std::string& name);
SourceTarget target();
PointReplica first_attachment();
PointReplica moved();
PointReplica applier_alone();
PointReplica both_stopped();
PointReplica with_another_user();
Texts printable(const std::vector<Statement>& statements);

}  // namespace gtidops
