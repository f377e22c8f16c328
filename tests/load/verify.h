// Is every acknowledged row on every server, and do all servers hold the same?
//
// Thread-safety: functions without state. Errors: none thrown for what a server says or does; a
// server that cannot be asked is part of the verdict, and makes it bad.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "load/report.h"

namespace gtidops::load {

struct OnServer {
  Port port = 0;
  std::string trouble = {};  // it could not be asked, or did not catch up in time; empty: neither
  std::string checksum = {};
  std::size_t rows = 0;  // of the load's writers
  // Acknowledged rows that are not there, or are there as another server's.
  std::size_t lost = 0;
  std::vector<Key> lost_rows = {};  // the first of them
  // Rows that nobody acknowledged: those whose outcome the client did not learn, and others.
  std::size_t doubtful = 0, unexpected = 0;
};

struct Verdict {
  std::vector<OnServer> servers;           // in the order of the ports
  double waited_seconds = 0;               // for replication to catch up
  [[nodiscard]] bool identical() const;    // the checksums of the table
  [[nodiscard]] std::size_t lost() const;  // the most on any server
  [[nodiscard]] bool good()
      const;  // all asked and caught up, nothing lost or unexpected, identical
  [[nodiscard]] std::string text() const;  // a line for each server that has something to tell
};

// Waits, no longer than `limit`, until every server has executed what any of them has. The load is
// over. Logs in as root over TCP without a password.
Verdict verify(const Report& report, const std::vector<Port>& ports,
               std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace gtidops::load
