// Memory: what a topology's servers were seen to be and to hold. It answers what no look can: is
// this the server that it was, did it once hold more than it does now, and were transactions ever
// left out of it? Such traces disappear on the server itself: a counter passes the old numbers, a
// filter is taken off, a replica that held more is away.
//
// Thread-safety: plain values.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "model/gtid_set.h"

namespace gtidops {

struct KnownServer {
  // In the specification, when it was last seen; empty: another server has that name now.
  std::string name;
  std::set<std::string> addresses;  // of that name then, in one spelling
  // The last gtid_executed seen; of a primary that cannot be seen, also what other servers show of
  // its own transactions.
  GtidSet executed;
  // What it held once, or others had from it, and it then did not. Transactions of other servers
  // leave it again when they were replicated again; so do its own, unless it was seen to take
  // writes since: it may have given their numbers anew.
  GtidSet lost;
  // Of what it lost while it was a replica, all: replicated again, it may have been applied to data
  // that had it already (after RESET BINARY LOGS AND GTIDS). Left when it is provisioned anew.
  GtidSet shrunk;
  bool written_since = false;
  std::set<std::string> filters;  // "Replicate_Do_DB=shop": seen once
  bool was_primary = false;       // it was the established primary
  // Others have newer transactions of its own from it than it was ever seen to hold, and it has not
  // been seen closed since: somebody else has made it writable, perhaps the primary.
  bool wrote_unseen = false;
  // What it has committed of its own between two looks, the second of which showed nobody else who
  // took writes: it was perhaps the primary, and clients were told of these.
  GtidSet perhaps_primarys;
  // When its mysqld had been started, as it was when it was last seen to take writes: one that is
  // closed now and was not started since has been closed by somebody. Zero: not known.
  Moment open_since_start{};
  // It was the primary, and was closed without a restart, by whom is not known: they have perhaps
  // opened another server. Until it takes writes again: that every other one is seen closed at one
  // look says nothing of what is opened behind it.
  bool closed_by_hand = false;
  // Transactions whose numbers the primary has lost, and perhaps given anew since: what this server
  // holds under them is not what the primary holds. Left when it is provisioned anew.
  GtidSet renumbered;
  // Numbers that the primary has lost, and a person has judged that while this server could not be
  // seen: what it holds of them when it is seen again is renumbered.
  GtidSet perhaps_renumbered;
  // What its channel has left behind: its source held it before it held what has arrived since.
  GtidSet passed_over;
  // Schemas that it lacks, though it was once seen to hold all transactions of a server that has
  // them: while transactions arrive, no single look can tell.
  std::set<std::string> lacks_schemas;
  // When it was last looked at in depth, nothing made it boot read-only: as long as it cannot be
  // seen, it may have been started again and take writes.
  bool boots_writable = false;
  // What it came to hold by SET GLOBAL gtid_purged alone: each is among the filters once. And what
  // looks that did not go deep enough to tell have shown to be purged that it did not hold before.
  GtidSet decreed, purged_ahead;
  // gtid_purged and the first binary log when it was last seen: as long as that one is there, MySQL
  // has purged nothing since.
  std::optional<GtidSet> purged;
  std::string first_log;
  // It was another one at the look before: what that look read of gtid_executed, in an earlier
  // round trip, is perhaps older than the purge.
  bool first_log_is_new = false;
  // All that it had held was purged at once, and no look has shown the first binary log since.
  bool all_purged = false;
  // It was open though it was not the established primary, and has not been seen closed since.
  // Unlike Intent::lifted this stays with the server, whatever is done to its name in the file.
  bool perhaps_open = false;
  // It was open when it was last seen, and not frozen by a change of roles since. One that was the
  // established primary then is perhaps open when another one is.
  bool last_open = false;
  // What it replicates is not in its binary logs (log_replica_updates = OFF), and so counts as
  // purged.
  bool unlogged = false;
  // The newest CLONE into it that any look showed, "" for none; nullopt: no look told.
  std::optional<std::string> last_clone;
  [[nodiscard]] bool may_write_unseen() const {
    return wrote_unseen || boots_writable || perhaps_open;
  }
  friend bool operator==(const KnownServer&, const KnownServer&) = default;
};

// A person has judged what was refused.
struct Acknowledgement {
  std::string server, server_uuid, rule, reason;
  std::string what;        // was refused, in a sentence
  std::string user, host;  // of the operating system: who it was, and where
  Moment at{};
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

struct Memory {
  std::map<std::string, KnownServer> servers;  // by server_uuid
  std::vector<Acknowledgement> acknowledged;   // the newest last
  // When it was last brought up to date: sets that merely grow are not written down at every look.
  Moment noted_at{};

  // nullptr: never seen as a server of this topology.
  [[nodiscard]] const KnownServer* of(const std::string& server_uuid) const {
    const auto found = servers.find(server_uuid);
    return found == servers.end() ? nullptr : &found->second;
  }
  // By its name, as long as it cannot be seen: was it left open, did it take writes unseen, or may
  // it, after a restart?
  [[nodiscard]] bool may_write_unseen(const std::string& server) const {
    for (const auto& [uuid, known] : servers)
      if (known.name == server && known.may_write_unseen()) return true;
    return false;
  }
  friend bool operator==(const Memory&, const Memory&) = default;
};

}  // namespace gtidops
