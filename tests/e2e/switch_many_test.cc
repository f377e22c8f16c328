// A hundred switches, one after the other, under a light load: no one of them loses a row, and at
// the end both servers hold the same.
#include <gtest/gtest.h>

#include <algorithm>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

constexpr int kSwitches = 100;

TEST(SwitchMany, AHundredTimesThereAndBack) {
  Topology topology(2);
  topology.set_more("  switchover: {maxLag: 10m}\n");
  topology.converge();
  const Names both{"db1", "db2"};
  const auto load = start_load(topology, both, 50);
  std::vector<double> blocked;
  for (int i = 0; i < kSwitches; ++i) {
    const std::string to = i % 2 == 0 ? "db2" : "db1";
    const std::string from = i % 2 == 0 ? "db1" : "db2";
    load->mark();
    topology.set_primary(to);
    const Ran ran = topology.apply({"-o", "json"});
    ASSERT_EQ(ran.code, 0) << "switch " << i + 1 << "\n" << ran.out << ran.err;
    const auto plan = plan_in(ran);
    ASSERT_TRUE(plan.contains("primary_change")) << ran.out;
    EXPECT_EQ(plan["primary_change"]["lost_transactions"], 0);
    blocked.push_back(plan["primary_change"]["writes_blocked_ms"].get<double>());
    EXPECT_EQ(writable(topology, both), to + " ");
    EXPECT_TRUE(load->wait_rows(2, std::chrono::seconds(20))) << "nobody takes writes";
  }
  expect_roles(topology, "db1", {"db2"});
  expect_synced(topology);
  const load::Report report = expect_nothing_lost(*load, topology, both);
  EXPECT_EQ(report.windows.size(), kSwitches + 1U);
  std::sort(blocked.begin(), blocked.end());
  std::printf("%d switches, writes blocked: median %.1f ms, longest %.1f ms; %zu rows\n", kSwitches,
              blocked[blocked.size() / 2], blocked.back(), report.rows());
}

}  // namespace
}  // namespace gtidops::testing
