// Replication: the default channel of a server. Its receiver connects to the source, fetches by
// GTID auto-position what it has neither executed nor fetched, and acknowledges it; its applier
// carries it out, after the delay.
//
// Thread-safety: one thread. Errors: the numbers that a real server shows.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "model/observation.h"
#include "sim/ledger.h"

namespace gtidops::sim {

class World;
class SimServer;

// What CHANGE REPLICATION SOURCE TO was told.
struct ChannelSetup {
  std::string host, user, password;
  int port = 3306;
  bool auto_position = false;
  std::int64_t delay = 0;
  std::map<std::string, std::string> options;  // by upper-case name
};

class Replication {
 public:
  Replication(World& world, SimServer& server) : world_(world), server_(server) {}

  // --- The truth.
  std::optional<ChannelSetup> setup;
  ThreadState receiver = ThreadState::kOff, applier = ThreadState::kOff;
  ReplicationError receiver_error, applier_error;
  std::string source_uuid;
  TrxSet retrieved;
  std::deque<TrxId> relay_log;  // fetched and not applied
  int source = -1;              // whom the receiver is connected to
  bool semi_sync = false;       // this connection acknowledges
  // --- Faults.
  Micros apply_time = 300;  // a transaction
  bool poisoned = false;    // the next transaction cannot be applied
  bool filtering = false;   // rows are left out, and count as executed

  void start_receiver();
  void start_applier();
  void stop_receiver();
  void stop_applier();
  // What was fetched and not applied is gone with it; what people do by hand is no fault of ours.
  void change(const ChannelSetup& setup, bool by_hand = false);
  void reset_all(bool by_hand = false);
  void crash();
  void boot();

  // The source has logged something.
  void source_has_more();
  // The source died, or cut the connection.
  void source_went_away();
  // The error that START REPLICA gives, 0 for none.
  [[nodiscard]] int cannot_start() const;

 private:
  void connect();
  [[nodiscard]] ReplicationError refused_by(const SimServer& source) const;
  void fatal(ReplicationError error);
  void retry(ReplicationError error);
  void fetch();
  void arrived(std::size_t upto);
  [[nodiscard]] bool is_held(TrxId trx) const;
  [[nodiscard]] bool source_holds_all_of(const SimServer& from, const TrxSet& held) const;
  void apply_next();
  void applied(TrxId trx);
  [[nodiscard]] Micros retry_pause() const;

  World& world_;
  SimServer& server_;
  int connection_ = 0;   // grows with every connection: what belongs to an old one is void
  int application_ = 0;  // the same of the applier
  std::size_t position_ = 0;
  bool fetching_ = false, applying_ = false;
  Micros silent_since_ = -1;
};

}  // namespace gtidops::sim
