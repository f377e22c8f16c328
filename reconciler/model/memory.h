// Memory: what was once seen of each server of a topology and the server itself no longer shows. It
// answers what no look answers: is this the server that it was, did it once hold more than it does
// now, and were transactions ever left out of it? On the servers such traces disappear: the
// numbering passes the lost GTIDs, a filter is removed, or the replica that held more is
// unreachable. decide/remember.h says what a look adds.
//
// Thread-safety: plain values. Errors: none.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "model/gtid_set.h"

namespace gtidops {

// What is known of one server, "it" below.
struct KnownServer {
  // Its name in the specification when it was last seen. Empty: another server has that name now.
  std::string name;
  std::set<std::string> addresses;  // declared for that name then; canonical spelling
  // The last gtid_executed seen. While the established primary cannot be seen, also its own
  // transactions that other servers hold.
  GtidSet executed;
  // Transactions that it once held, or that others had from it, and that it then lacked. Those
  // first committed elsewhere are removed when it holds them again. Its own are removed only when
  // they came back by replication: a server that took writes may have given their numbers to other
  // transactions.
  GtidSet lost;
  // Everything that it lost while it was not the established primary. Holding it again removes
  // nothing: after RESET BINARY LOGS AND GTIDS the data still have these transactions, so that
  // replication applies them twice. A server that is provisioned anew starts with this empty.
  GtidSet shrunk;
  bool written_since = false;  // it was seen to take writes after it lost `lost`
  // Everything ever seen that leaves transactions out: "Replicate_Do_DB=shop",
  // "replica_skip_errors=1062", a gtid_purged that was set.
  std::set<std::string> filters;
  bool was_primary = false;  // it was the established primary
  // Transactions of its own were seen that are newer than any it was known to hold, and it has not
  // been seen closed since. It is not the established primary: somebody else has opened it, and it
  // may be the primary.
  bool wrote_unseen = false;
  // Transactions that it committed itself between two looks, although gtidops had not opened it,
  // where the second look showed no other server open. It may have been the primary then, so that
  // clients were told that these are committed.
  GtidSet perhaps_primarys;
  // The start time of its mysqld when it was last seen to take writes. A server that is closed now
  // and has the same start time was closed by somebody: a restart would have changed it. Zero: not
  // known.
  Moment open_since_start{};
  // It was the primary and was closed without a restart, nobody knows by whom: perhaps by a
  // controller that has opened another server. Stays set until this server takes writes again,
  // because a look that shows every other server closed does not rule out that one is opened right
  // after it.
  bool closed_by_hand = false;
  // GTIDs that the primary has lost and perhaps given to other transactions since. What this server
  // holds under them is not what the primary holds. Empty again when it is provisioned anew.
  GtidSet renumbered;
  // GTIDs whose loss on the primary a person acknowledged while this server could not be seen.
  // Those that it holds when it is seen again become `renumbered`.
  GtidSet perhaps_renumbered;
  // Transactions that its channel left out: its source held them before others that have arrived
  // here since.
  GtidSet passed_over;
  // Schemas that it lacks although a look showed it with all transactions of a server that has
  // them. Remembered because no single look can tell while transactions are still arriving.
  std::set<std::string> lacks_schemas;
  // At the last look in depth nothing made it boot read-only: while it cannot be seen, it may have
  // been restarted and take writes.
  bool boots_writable = false;
  // `decreed`: what it holds only because somebody set gtid_purged; each such set is also one of
  // `filters`. `purged_ahead`: what looks without details showed as purged although it did not hold
  // it before; only a look in depth tells whether that was decreed.
  GtidSet decreed, purged_ahead;
  // gtid_purged and the first binary log when it was last seen: as long as that log is there, MySQL
  // itself has purged nothing since.
  std::optional<GtidSet> purged;
  std::string first_log;
  // gtid_purged as the look in depth read it that showed `first_log`.
  GtidSet purged_at_first_log;
  // The last look in depth showed another first binary log than the one before, and the same
  // gtid_purged: it reads the logs one round trip after gtid_purged and gtid_executed, and the
  // purge came in between. So a gtid_purged beyond that gtid_executed does not prove that somebody
  // set it.
  bool purged_in_the_look = false;
  // All that it had held was purged at once. The next look in depth tells by the first binary log
  // whether its logs began anew, as those of a copy do.
  bool all_purged = false;
  // It was open while it was not the established primary, and has not been seen closed since.
  // Intent::super_read_only_off goes by the name in the file; this stays with the server, whatever
  // the file says.
  bool perhaps_open = false;
  // It was open when it was last seen, and no change of roles has frozen it since. Once another
  // server is the established primary, this one is perhaps open as long as it cannot be seen.
  bool last_open = false;
  // What it replicates is not in its binary logs (log_bin or log_replica_updates is OFF), so MySQL
  // counts it as purged.
  bool unlogged = false;
  // When the newest CLONE into it ended; "": there was none, or it has not succeeded; nullopt: no
  // look has shown it.
  std::optional<std::string> last_clone;
  // The donor, as host:port, of the CLONE into it that ran when it was last seen in depth; empty:
  // none ran. At its end the server restarts and cannot be seen.
  std::string copied_from;
  [[nodiscard]] bool may_write_unseen() const {
    return wrote_unseen || boots_writable || perhaps_open;
  }
  friend bool operator==(const KnownServer&, const KnownServer&) = default;
};

// A person's judgement of something that was refused (`gtidops acknowledge`).
struct Acknowledgement {
  std::string server, server_uuid, rule, reason;
  std::string what;        // the refusal, in a sentence
  std::string user, host;  // the operating system's names of the person and the machine
  Moment at{};
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

struct Memory {
  std::map<std::string, KnownServer> servers;  // by server_uuid
  std::vector<Acknowledgement> acknowledged;   // the newest last
  // When it was last forced to the disk. Sets that merely grew wait for kMemoryInterval.
  Moment noted_at{};

  // nullptr: never seen as a server of this topology.
  [[nodiscard]] const KnownServer* of(const std::string& server_uuid) const {
    const auto found = servers.find(server_uuid);
    return found == servers.end() ? nullptr : &found->second;
  }
  // May the server with this name, while it cannot be seen, take writes: was it left open, did it
  // take writes unseen, or would a restart make it writable?
  [[nodiscard]] bool may_write_unseen(const std::string& server) const {
    for (const auto& [uuid, known] : servers)
      if (known.name == server && known.may_write_unseen()) return true;
    return false;
  }
  friend bool operator==(const Memory&, const Memory&) = default;
};

}  // namespace gtidops
