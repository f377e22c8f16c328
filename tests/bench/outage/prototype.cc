#include "bench/outage/prototype.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace gtidops::outage {
namespace {

constexpr double kCloseMs = 5;         // a wait that short: the candidate has caught up
constexpr double kBrakeAfterMs = 300;  // slow the old primary down when it has not by then
constexpr std::chrono::microseconds kBrake{20'000};
constexpr std::chrono::microseconds kEased{2'000};
constexpr double kGiveUpMs = 60'000;
constexpr const char* kGiveUpSeconds = "60";

std::string executed(sandbox::Connection& server) {
  return server.sql("SELECT @@GLOBAL.gtid_executed").at(0).at(0).value();
}

void wait_for(sandbox::Connection& server, const std::string& set) {
  const auto rows =
      server.sql("SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', " + kGiveUpSeconds + ")");
  if (rows.at(0).at(0) != "0") throw std::runtime_error("the candidate does not catch up");
}

// Slows commits down without refusing one; put back when this goes.
class Brake {
 public:
  explicit Brake(sandbox::Connection& server) : server_(server) {}
  Brake(const Brake&) = delete;
  Brake& operator=(const Brake&) = delete;
  ~Brake() {
    try {
      release();
    } catch (const std::exception&) {
      // The server is gone, and its variables with it.
    }
  }
  void pull() {
    if (pulled()) return;
    before_ = server_.sql("SELECT @@GLOBAL.binlog_group_commit_sync_delay").at(0).at(0).value();
    set(kBrake);
  }
  [[nodiscard]] bool pulled() const { return !before_.empty(); }
  // The freeze waits for commits that are under way, and with the whole delay they take that long.
  void ease() { set(kEased); }
  void release() {
    if (!pulled()) return;
    server_.sql("SET GLOBAL binlog_group_commit_sync_delay = " + before_);
    before_.clear();
  }

 private:
  void set(std::chrono::microseconds delay) {
    server_.sql("SET GLOBAL binlog_group_commit_sync_delay = " + std::to_string(delay.count()));
  }

  sandbox::Connection& server_;
  std::string before_;
};

double catch_up(sandbox::Connection& a, sandbox::Connection& b, Brake& brake) {
  const auto begin = Clock::now();
  while (true) {
    const std::string set = executed(a);
    const auto round = Clock::now();
    wait_for(b, set);
    if (ms_since(round) < kCloseMs) return ms_since(begin);
    if (ms_since(begin) > kGiveUpMs) throw std::runtime_error("the candidate does not catch up");
    if (ms_since(begin) > kBrakeAfterMs) brake.pull();
  }
}

}  // namespace

PrototypeTimes prototype_switch(Fleet& fleet, const std::string& from, const std::string& to) {
  sandbox::Connection a(fleet[from], {.timeout_seconds = 90});
  sandbox::Connection b(fleet[to], {.timeout_seconds = 90});
  const std::string under_b =
      "SOURCE_HOST = '127.0.0.1', SOURCE_PORT = " + std::to_string(fleet[to].port());
  for (const std::string& name : fleet.names())
    if (name != from && name != to)
      sandbox::sql(fleet[name],
                   "STOP REPLICA; CHANGE REPLICATION SOURCE TO " + under_b + "; START REPLICA");
  PrototypeTimes times;
  Brake brake(a);
  times.catch_up_ms = catch_up(a, b, brake);
  if (brake.pulled()) {
    brake.ease();
    std::this_thread::sleep_for(kBrake);
    times.catch_up_ms += catch_up(a, b, brake);
  }

  const auto frozen = Clock::now();
  a.sql("SET GLOBAL super_read_only = ON");
  wait_for(b, executed(a));
  if (fleet.semi_sync()) b.sql("SET GLOBAL rpl_semi_sync_source_enabled = ON");
  b.sql("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
  times.blocked_ms = ms_since(frozen);

  brake.release();
  b.sql("STOP REPLICA; RESET REPLICA ALL");
  if (fleet.semi_sync()) {
    a.sql(
        "SET GLOBAL rpl_semi_sync_source_enabled = OFF, GLOBAL rpl_semi_sync_replica_enabled = ON");
    b.sql("SET GLOBAL rpl_semi_sync_replica_enabled = OFF");
  }
  a.sql("CHANGE REPLICATION SOURCE TO " + under_b + ", " + Fleet::replication_login() +
        ", SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1; START REPLICA");
  return times;
}

}  // namespace gtidops::outage
