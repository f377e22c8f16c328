// status_tree: who stands below whom, as it is: for the status in a terminal.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "decide/assess.h"
#include "model/spec.h"

namespace gtidops {

struct TreeNode {
  const ServerSpec* server = nullptr;
  std::string branch;  // "", "|- ", "|  `- ": what is drawn before its name
};

// Every server once, each below the server that it replicates from; one that cannot be read below
// its declared source; the primary first. Servers that replicate in a circle are begun at the first
// of them.
std::vector<TreeNode> tree_of(const Spec& spec, const Assessment& assessment);

}  // namespace gtidops
