// Actions on who may write. The rule of invariant 1: nobody is opened while another server may
// still take a write.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// Do the persisted variables make a server boot read-only for everybody? REQUIRES: they are known.
bool persists_read_only(const Details& details);
// And are they loaded (persisted_globals_load)? What is not known is taken for so.
bool loads_persisted(const Details& details);
bool boots_read_only(const Details& details);

// What `other` holds or has received, and `primary` does not: what bears the primary's own UUID;
// and, where the other one follows it or shares its history, whatever was not first committed on
// the other one itself. On one that is read-only nothing can be under way: it lost them in a crash,
// or came back from an older copy, perhaps with another UUID; once open it would give their numbers
// to other transactions, or leave the only copies to servers that are then said to be errant.
GtidSet lost_by(const ServerState& primary, const ServerState& other);

// What each server had committed of its own when something was planned, by its name.
using OwnCommits = std::map<std::string, GtidSet>;

OwnCommits own_commits(const Observation& seen, const std::vector<std::string>& servers);

// What `other` has committed itself since then, for it was open in between (another gtidops that
// knew nothing of this one, or a person, opened and closed it), and `primary` does not hold:
// clients may have been told of these.
GtidSet committed_since(const OwnCommits& own, const std::string& other, const ServerState& state,
                        const ServerState& primary);

// Boot read-only: every server, the primary too, so that one that crashed never comes back writable
// by itself.
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

// super_read_only = ON, at run time. The manual: it implies read_only = ON, and waits for writes
// that are under way.
struct SetReadOnly {
  static constexpr std::string_view kName = "set_super_read_only";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  bool clients_may_notice = false;  // it is no replica yet: somebody may be writing there

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return clients_may_notice ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// read_only = OFF on the primary, at run time only.
struct OpenWrites {
  static constexpr std::string_view kName = "open_writes";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::vector<std::string> others;  // every other server of the topology
  // Those of them that may stay unseen: this very primary was established before, with all others
  // read-only.
  std::vector<std::string> excused;
  OwnCommits own;  // of the others
  std::string server_uuid =
      {};  // who it was when this was planned: its name may lead elsewhere now

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const;
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
