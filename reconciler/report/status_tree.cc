#include "report/status_tree.h"

#include <algorithm>
#include <map>
#include <set>

namespace gtidops {
namespace {

class Tree {
 public:
  Tree(const Spec& spec, const Assessment& assessment) : spec_(spec) {
    for (const ServerSpec& server : spec.servers) {
      const ServerAssessment& one = assessment.of(*server.name);
      if (one.role == Role::kUnknown)
        source_[*server.name] = spec.source_of(server);
      else if (!one.source_is_stranger)
        source_[*server.name] = one.observed_source;
    }
    if (assessment.observed_primary) first_.push_back(*assessment.observed_primary);
    first_.push_back(*spec.primary);
    for (const ServerSpec& server : spec.servers) first_.push_back(*server.name);
  }

  std::vector<TreeNode> walk() {
    for (const std::string& name : first_)
      if (source_[name].empty()) place(name, "", "");
    // Servers that are not placed yet belong to a circle of sources, or replicate from one that
    // does.
    for (const std::string& name : first_) place(name, "", "");
    return std::move(nodes_);
  }

 private:
  // `branch` is drawn before the server's name, `below` before the names of its replicas.
  void place(const std::string& name, const std::string& branch, const std::string& below) {
    const ServerSpec* server = spec_.server(name);
    if (server == nullptr || !placed_.insert(name).second) return;
    nodes_.push_back({server, branch});
    std::vector<std::string> replicas;
    for (const ServerSpec& other : spec_.servers)
      if (source_[*other.name] == name && placed_.count(*other.name) == 0)
        replicas.push_back(*other.name);
    for (const std::string& replica : replicas) {
      const bool last = replica == replicas.back();
      place(replica, below + (last ? "`- " : "|- "), below + (last ? "   " : "|  "));
    }
  }

  const Spec& spec_;
  std::map<std::string, std::string> source_;
  std::vector<std::string> first_;
  std::set<std::string> placed_;
  std::vector<TreeNode> nodes_;
};

}  // namespace

std::vector<TreeNode> tree_of(const Spec& spec, const Assessment& assessment) {
  return Tree(spec, assessment).walk();
}

}  // namespace gtidops
