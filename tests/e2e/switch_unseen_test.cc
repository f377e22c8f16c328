// What nobody could see while it hung: a server that may take writes is not taken for a closed one
// because it does not answer, and one that answers again is looked at before it is too late.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "e2e/support/switching.h"
#include "state/intent_file.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

// gtidops died while a replica's super_read_only was lifted to load a plugin, and the replica hangs
// now: nobody else is opened until it has been seen closed.
TEST(SwitchUnseen, AReplicaThatWasLiftedForAPluginMayTakeWrites) {
  Topology topology(3);
  topology.converge();
  topology.set_replication("    semiSync: {enabled: true, waitForReplicas: 1}\n");
  const Ran died = fused_apply(topology, {"before db2: INSTALL PLUGIN"});
  ASSERT_EQ(died.code, 128 + SIGKILL) << died.out;
  ASSERT_EQ(value(topology["db2"], "SELECT @@super_read_only"), "0");

  topology["db2"].pause();
  topology["db1"].kill();
  topology["db1"].start();
  const Ran refused = topology.apply({"-o", "json", "--timeout", "2s"});
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_NE(rules_in(plan_in(refused)).find("another-may-be-writable"), std::string::npos)
      << refused.out;
  EXPECT_EQ(writable(topology, {"db1", "db3"}), "");

  topology["db2"].resume();
  topology.converge();
  EXPECT_EQ(writable(topology, kThree), "db1 ");
  expect_synced(topology);
}

// It hung while the switch was planned, was opened by somebody, and answers when the switch begins.
TEST(SwitchUnseen, AThirdServerThatAnswersAgainIsLookedAtBeforeTheFreeze) {
  Topology topology(3);
  topology.converge();
  topology.set_primary("db2");
  topology["db3"].pause();
  const std::string tool = GTIDOPS_SOURCE_DIR "/tests/sandbox/mysql-sandbox --dir '" +
                           topology.sandbox().folder().string() + "' ";
  const Ran ran = fused_apply(
      topology, {"before append begin 1 switch_primary db2",
                 1,
                 {"sh", "-c",
                  tool + "resume db3 && " + tool +
                      "sql db3 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'"}});
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  EXPECT_EQ(ran.out.find("the command failed"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("db3 takes writes"), std::string::npos) << ran.out;
  EXPECT_EQ(writable(topology, kThree), "db1 db3 ") << ran.out;

  topology.converge();
  EXPECT_EQ(writable(topology, kThree), "db2 ");
  expect_synced(topology);
}

// The machine goes down before the note that the switch was committed is on its disk. That nobody
// but db2 can have been the primary is seen from the servers, whatever the file says by then.
TEST(SwitchUnseen, ACommitWhoseNoteWasLostIsProvenByTheServers) {
  Topology topology(3);
  topology.converge();
  const auto load = start_load(topology, kThree, 30);
  topology.set_primary("db2");
  const Ran died = fused_apply(
      topology, {"after db2: SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF"});
  ASSERT_EQ(died.code, 128 + SIGKILL) << died.out;
  // As the run that followed, and died with the machine, left db2.
  sql(topology["db2"], "STOP REPLICA; RESET REPLICA ALL");
  const std::filesystem::path state = topology.folder() / "state";
  for (const char* name : {"shop.intent.soon", "shop.intent.soon.1"})
    std::filesystem::remove(state / name);
  IntentFile file(state, "shop");
  Intent intent = file.load().value();
  ASSERT_EQ(intent.phase, Intent::Phase::kSwitching);
  intent.may_have_committed = true;  // what load() says after another boot
  ASSERT_TRUE(file.save(intent));
  load->mark();
  EXPECT_TRUE(load->wait_rows(2, std::chrono::seconds(20)));

  topology.set_primary("db1");
  load->mark();
  topology.converge();
  EXPECT_EQ(writable(topology, kThree), "db1 ");
  expect_synced(topology);
  EXPECT_TRUE(load->wait_rows(2, std::chrono::seconds(20)));
  expect_nothing_lost(*load, topology, kThree);
}

}  // namespace
}  // namespace gtidops::testing
