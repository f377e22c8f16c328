// read_only: actions that close and open servers. Invariant 1: no server is opened while another
// one may still take a write.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// Do the persisted variables make a server boot read-only for everybody? REQUIRES: they are known.
bool persists_read_only(const Details& details);
// Are persisted variables loaded at boot (persisted_globals_load)? Where that is not known: yes.
bool loads_persisted(const Details& details);
bool boots_read_only(const Details& details);

// What `other` holds or has received and `primary` lacks. Transactions that `primary` first
// committed count. Where `other` follows `primary` or shares its history, all others count, too,
// but those that `other` first committed. On a read-only `primary` nothing is being committed, so
// it lost them in a crash, or came back from an older copy, perhaps with another UUID. Once open,
// it would give their numbers to other transactions; or the only copies would be on servers that
// then count as errant.
GtidSet lost_by(const ServerState& primary, const ServerState& other);

// By name of the server: the transactions that it had committed itself when something was planned.
using OwnCommits = std::map<std::string, GtidSet>;

OwnCommits own_commits(const Observation& seen, const std::vector<std::string>& servers);

// What `other` has committed itself since `own` was taken, and `primary` lacks. Another gtidops
// that knew nothing of this plan, or a person, opened and closed `other` in between, and clients
// may have been told of these commits.
GtidSet committed_since(const OwnCommits& own, const std::string& other, const ServerState& state,
                        const ServerState& primary);

// Makes a server boot read-only. This is done on every server, the primary too, so that none comes
// back writable by itself after a crash.
struct PersistReadOnly {
  static constexpr std::string_view kName = "persist_read_only";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Sets super_read_only = ON at run time. By the manual this implies read_only = ON, and waits for
// writes that are under way.
struct SetReadOnly {
  static constexpr std::string_view kName = "set_super_read_only";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  bool clients_may_notice = false;  // it is not a replica yet, so clients may be writing to it

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return clients_may_notice ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Sets read_only = OFF on the primary, at run time only.
struct OpenWrites {
  static constexpr std::string_view kName = "open_writes";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::vector<std::string> others;  // every other server of the topology
  // Those of `others` that may stay unseen, because it is known that they stay closed.
  std::vector<std::string> may_stay_unseen;
  OwnCommits own;  // of `others`
  // As seen when this was planned: the name may lead to another server by now.
  std::string server_uuid = {};

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const;
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
