// EnableEvents: enables, on a new primary, the scheduled events that the old primary ran.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// The manual, "Replication of Invoked Features": a replica stores its source's events with the
// status REPLICA_SIDE_DISABLED, whatever their status there. On a replica that has become the
// primary they would never run again. ALTER EVENT ... ENABLE is replicated like CREATE EVENT, so by
// the same rule it disables them on the old primary.
//
// ALTER EVENT, even with ENABLE alone, stores three values anew with the event: the session's
// character_set_client and collation_connection, and the schema's default collation. The event then
// compares and converts strings by these (seen on 9.7.4, and tested by e2e/events_test.cc;
// sql_mode, time zone and schedule stay). So ALTER EVENT runs with the event's own values in the
// session, and afterwards all columns but the status are compared.
struct EnableEvents {
  static constexpr std::string_view kName = "enable_events";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::vector<ScheduledEvent> events;
  // They are enabled here already, and on a replica, too, that is a copy of this server by CLONE.
  // Enabled once more, they arrive there as this server's.
  bool again = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Why enabling this event would change it; nullopt: it would not.
std::optional<std::string> changes_when_enabled(const ScheduledEvent& event);

// The event of that name; nullptr when the server has none, or its events cannot be read.
const ScheduledEvent* find_event(const Details& details, const std::string& schema,
                                 const std::string& name);

}  // namespace gtidops
