#include "sim/network.h"

namespace gtidops::sim {

std::string node_name(Node node) {
  if (node < kFirstHost) return "db" + std::to_string(node + 1);
  if (node < kFirstClient) return "host" + std::to_string(node - kFirstHost + 1);
  return "client" + std::to_string(node - kFirstClient + 1);
}

bool Network::whole() const {
  for (const auto& from : cuts_)
    for (const int cuts : from)
      if (cuts > 0) return false;
  return true;
}

}  // namespace gtidops::sim
