// status_tree: the servers as an observed tree of replication, for the terminal and the page.
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

// Every server once, below the server that it replicates from, the primary first. A server that
// cannot be read is below its declared source. A circle of sources begins at the first of its
// servers.
std::vector<TreeNode> tree_of(const Spec& spec, const Assessment& assessment);

}  // namespace gtidops
