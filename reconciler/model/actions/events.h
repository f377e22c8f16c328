// Scheduled events on a new primary.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// The manual, "Replication of Invoked Features": a replica stores the events of its source with the
// status REPLICA_SIDE_DISABLED, whatever it was there. On a replica that has become the primary
// they would never run again. ALTER EVENT ... ENABLE there is replicated like the creation: it
// disables them on the old primary by the same rule.
//
// ALTER EVENT, even when it only says ENABLE, stores the session's character_set_client and
// collation_connection and the schema's default collation with the event, which then compares and
// converts by these (seen on 9.7.4, and held to by e2e/events_test.cc; sql_mode, time zone and
// schedule stay). So it runs under the event's own, and all columns but the status are compared
// after it.
struct EnableEvents {
  static constexpr std::string_view kName = "enable_events";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::vector<ScheduledEvent> events;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Why it cannot be enabled without becoming another; nullopt: it can.
std::optional<std::string> changes_when_enabled(const ScheduledEvent& event);

// The one of that name; nullptr when the server has none, or they cannot be read.
const ScheduledEvent* find_event(const Details& details, const std::string& schema,
                                 const std::string& name);

}  // namespace gtidops
