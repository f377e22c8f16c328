// gtidops_failover_ready: what makes a replica one that could not take over, one reason at a time.
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "metrics/metrics.h"
#include "unit/support/snapshots.h"

namespace gtidops {
namespace {

using testing::daemon_snapshot;
using testing::FleetBuilder;
using testing::topology_snapshot;

bool ready(FleetBuilder& fleet) {
  std::vector<std::string> found;
  std::istringstream page(Metrics().scrape(daemon_snapshot({topology_snapshot(fleet)})));
  for (std::string line; std::getline(page, line);)
    if (line.rfind("gtidops_failover_ready", 0) == 0) found.push_back(line);
  EXPECT_EQ(found.size(), 1U);
  return !found.empty() && found[0].back() == '1';
}

TEST(FailoverReady, OneGoodReplicaIsEnough) {
  FleetBuilder fleet;
  fleet.server("db1").primary().server("db2").replica_of("db1").server("db3").replica_of("db1");
  fleet.server("db2").unreachable();
  EXPECT_TRUE(ready(fleet));
}

TEST(FailoverReady, EachOfTheseIsNoCandidate) {
  const std::vector<std::pair<const char*, std::function<void(FleetBuilder&)>>> flaws{
      {"unreachable", [](auto& f) { f.unreachable(); }},
      {"never", [](auto& f) { f.promotion(Promotion::kNever); }},
      {"delay", [](auto& f) { f.delay(Millis{60'000}); }},
      {"observed delay", [](auto& f) { f.observed_delay(60); }},
      {"maintenance", [](auto& f) { f.maintenance("disk"); }},
      {"receiver", [](auto& f) { f.receiver(ThreadState::kOff); }},
      {"applier", [](auto& f) { f.applier_error(1062, "Duplicate"); }},
      {"errant", [](auto& f) { f.executed("db1:1-100,db2:1"); }},
      {"purged", [](auto& f) { f.executed("db1:1-50").retrieved("db1:51-52"); }},
      {"no channel", [](auto& f) { f.no_channel(); }},
      {"stranger", [](auto& f) { f.follows_stranger("10.9.9.9", 3306); }},
      {"log_bin", [](auto& f) { f.log_bin(false, false); }},
      {"log_replica_updates", [](auto& f) { f.log_bin(true, false); }},
      {"filter", [](auto& f) { f.filter("Replicate_Do_DB=shop"); }},
      // What a planned switch would be refused for.
      {"replication user",
       [](auto& f) { f.edit([](ServerState& s) { s.details->users->clear(); }); }},
      {"newer",
       [](auto& f) {
         f.version("9.7.4").server("db3").replica_of("db1").promotion(Promotion::kNever);
       }},
  };
  for (const auto& [name, flaw] : flaws) {
    FleetBuilder fleet;
    fleet.server("db1").primary().purged("db1:1-60").server("db2").replica_of("db1");
    EXPECT_TRUE(ready(fleet)) << name;
    flaw(fleet);
    EXPECT_FALSE(ready(fleet)) << name;
  }
}

TEST(FailoverReady, AMaintenanceThatIsOverDoesNotCount) {
  FleetBuilder fleet;
  fleet.server("db1").primary().server("db2").replica_of("db1");
  fleet.maintenance("disk", parse_moment("2026-11-22T14:59:59Z"));
  EXPECT_TRUE(ready(fleet));
}

}  // namespace
}  // namespace gtidops
