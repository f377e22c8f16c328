// settings: actions that make a server fit for GTID replication.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// Sets gtid_mode and enforce_gtid_consistency to ON, one permitted step after the other (manual,
// "Changing the GTID Mode of Servers Online"). Only for a server without data, channels and
// replicas, where no transaction without a GTID can be on its way. Servers that are in use need a
// migration of the whole topology.
struct SetGtidMode {
  static constexpr std::string_view kName = "set_gtid_mode";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string from_mode;
  bool enforce_first = false;  // enforce_gtid_consistency is not ON yet

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Persists a server_id that no other server of the topology has.
struct SetServerId {
  static constexpr std::string_view kName = "set_server_id";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::uint32_t server_id = 0;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
