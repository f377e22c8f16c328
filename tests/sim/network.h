// Network: who can reach whom, in one direction at a time, and how long it takes.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <array>
#include <string>

#include "sim/random.h"
#include "sim/timeline.h"

namespace gtidops::sim {

// 0 to 7: the servers; then the hosts of gtidops, then the clients.
using Node = int;
constexpr Node kFirstHost = 8;
constexpr Node kFirstClient = 10;
constexpr Node kNodes = 16;
std::string node_name(Node node);

class Network {
 public:
  explicit Network(Rng rng) : rng_(rng) {}

  // A link may be cut several times over, and is open when every cut is mended.
  void cut(Node from, Node to) { ++cuts_[from][to]; }
  void mend(Node from, Node to) {
    if (cuts_[from][to] > 0) --cuts_[from][to];
  }
  void mend_all() { cuts_ = {}; }
  [[nodiscard]] bool open(Node from, Node to) const { return cuts_[from][to] == 0; }
  [[nodiscard]] bool both(Node a, Node b) const { return open(a, b) && open(b, a); }
  [[nodiscard]] bool whole() const;
  // One way.
  Micros latency() { return rng_.between(30, 250); }

 private:
  Rng rng_;
  std::array<std::array<int, kNodes>, kNodes> cuts_{};
};

}  // namespace gtidops::sim
