// HealthyFleet: what the servers of many healthy topologies answer to the statements of
// reconciler/mysql/queries.cc: in each, the first server is a primary that takes writes, the others
// follow it and have all that it has. A beat that is written on the primary is on all of them at
// once.
//
// The values are those of MySQL 9.7.4 on servers that `gtidops apply` made a topology of; what is
// not known is an error, and remembered, so that a new statement of ours is seen at once.
//
// Thread-safety: one thread at a time. Errors: in the Answer, as MySQL numbers them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bench/fleet/wire.h"

namespace gtidops::fleet {

struct Place {
  std::size_t topology = 0, server = 0;
  bool operator==(const Place&) const = default;
};

// 127.64.1.1 is the first server of the first topology.
std::string address_of(Place place);
std::string topology_name(std::size_t topology);
inline constexpr std::size_t kMostTopologies = 10'000;
inline constexpr const char* kAdmin = "gtidops";
inline constexpr const char* kReplicationUser = "repl";
inline constexpr const char* kReplicationHost = "127.%";
// The environment's variable whose value is the password: one that every process has.
inline constexpr const char* kReplicationPassword = "PATH";

class HealthyFleet {
 public:
  HealthyFleet(std::size_t topologies, std::size_t servers)
      : servers_(servers), beats_(topologies, 1) {}

  void set_port(int port) { port_ = port; }
  // `statement` is a single one.
  Answer answer(Place place, std::string_view statement);
  // What was asked and is not known: statements, and variables of no plugin that may be missing.
  [[nodiscard]] const std::set<std::string>& unknown() const { return unknown_; }

 private:
  [[nodiscard]] Cell variable(Place place, std::string_view name) const;
  [[nodiscard]] Answer variables(Place place, std::string_view list);
  [[nodiscard]] Table replica_status(Place place) const;
  [[nodiscard]] Table replicas(Place place) const;
  [[nodiscard]] static Table channel_secrets(Place place, std::string_view statement);
  [[nodiscard]] Answer more(Place place, std::string_view statement);
  [[nodiscard]] std::string executed(std::size_t topology) const;

  const std::size_t servers_;
  int port_ = 0;
  std::vector<std::uint64_t> beats_;  // of each topology
  std::set<std::string> unknown_;
};

}  // namespace gtidops::fleet
