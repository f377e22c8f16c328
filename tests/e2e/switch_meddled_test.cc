// People act in the middle of a switch: while its candidate is waited for, and between the freeze
// and the opening. What it rests on is looked at in the last moment, so it is given up, and nobody
// is opened beside somebody else.
#include <gtest/gtest.h>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

constexpr const char* kWaits = "after db2: SELECT WAIT_FOR";
constexpr const char* kFrozen = "after db1: SET GLOBAL super_read_only = ON";
constexpr const char* kCloses = "SET GLOBAL super_read_only = ON";
constexpr const char* kOpens = "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF";

class SwitchMeddled : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = std::make_unique<Topology>(3);
    topology_->converge();
    sql((*topology_)["db1"], "CREATE DATABASE app; CREATE TABLE app.t (a INT PRIMARY KEY)");
    for (const char* replica : {"db2", "db3"}) topology_->expect_replicates("db1", replica);
  }
  static void TearDownTestSuite() { topology_.reset(); }
  // As a person puts it right: db1 is the primary, and nobody else is open.
  void TearDown() override {
    for (const char* replica : {"db2", "db3"}) sql(server(replica), kCloses);
    sql(server("db1"), kOpens);
    topology_->set_primary("db1");
    topology_->converge();
    EXPECT_EQ(writable(*topology_, kThree), "db1 ");
  }

  static sandbox::Server& server(const std::string& name) { return (*topology_)[name]; }
  // "db3: SQL" each, one after the other.
  static Ran meddle(const std::string& when,
                    const std::vector<std::pair<std::string, std::string>>& statements) {
    topology_->set_primary("db2");
    std::string script;
    for (const auto& [name, statement] : statements)
      script += (script.empty() ? "" : " && ") + std::string(GTIDOPS_SOURCE_DIR) +
                "/tests/sandbox/mysql-sandbox --dir '" + topology_->sandbox().folder().string() +
                "' sql " + name + " \"" + statement + "\"";
    const Ran ran = fused_apply(*topology_, {when, 1, {"sh", "-c", script}});
    EXPECT_NE(ran.out.find("burnt "), std::string::npos) << ran.out << ran.err;
    EXPECT_EQ(ran.out.find("the command failed"), std::string::npos) << ran.out;
    EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
    return ran;
  }
  static void expect_said(const Ran& ran, const std::string& text) {
    EXPECT_NE(ran.out.find(text), std::string::npos) << "no '" << text << "' in " << ran.out;
  }

  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> SwitchMeddled::topology_;

// Issue 9, A: 2,675 acknowledged rows stood on db3 only, and db2 was opened beside it.
TEST_F(SwitchMeddled, ByAFailoverWhileTheCandidateIsWaitedFor) {
  const Ran ran = meddle(kWaits, {{"db1", kCloses}, {"db3", kOpens}});
  expect_said(ran, "switch_primary db2: failed");
  EXPECT_EQ(writable(*topology_, kThree), "db3 ") << ran.out;
}

TEST_F(SwitchMeddled, ByAThirdServerThatIsOpenedWhileTheCandidateIsWaitedFor) {
  const Ran ran = meddle(kWaits, {{"db3", kOpens}});
  expect_said(ran,
              "db3 takes writes; neither db1 nor db2 was changed; db3, which was moved under db2");
  EXPECT_EQ(writable(*topology_, kThree), "db1 db3 ") << ran.out;
}

TEST_F(SwitchMeddled, ByTheOldPrimaryThatIsFrozenWhileTheCandidateIsWaitedFor) {
  const Ran ran = meddle(kWaits, {{"db1", kCloses}});
  expect_said(ran, "db1 was made super_read_only by somebody else meanwhile; it is left so");
  EXPECT_EQ(writable(*topology_, kThree), "") << ran.out;
}

TEST_F(SwitchMeddled, ByTheOldPrimaryThatIsMadeReadOnlyWhileTheCandidateIsWaitedFor) {
  const Ran ran = meddle(kWaits, {{"db1", "SET GLOBAL read_only = ON"}});
  expect_said(ran, "db1 was made read_only by somebody else meanwhile");
  EXPECT_EQ(value(server("db1"), "SELECT @@super_read_only"), "0") << "frozen by us";
}

TEST_F(SwitchMeddled, ByACandidateThatIsGivenAnotherSource) {
  const std::string port = std::to_string(server("db3").port());
  const Ran ran =
      meddle(kWaits, {{"db2", "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PORT = " + port +
                                  "; START REPLICA; DO SLEEP(1)"}});
  expect_said(ran, "neither db1 nor db2 was changed");
  EXPECT_EQ(writable(*topology_, kThree), "db1 ") << ran.out;
  EXPECT_EQ(topology_->replica_status("db2", "c.PORT"), port) << "it was put back";
}

TEST_F(SwitchMeddled, ByACandidateThatIsOpenedWhileItIsWaitedFor) {
  const Ran ran = meddle(kWaits, {{"db2", kOpens}});
  expect_said(ran, "db2 takes writes; neither db1 nor db2 was changed");
  EXPECT_EQ(value(server("db1"), "SELECT @@super_read_only"), "0") << ran.out;
}

// Between the freeze and the opening: the old primary is not opened again beside db3.
TEST_F(SwitchMeddled, ByAThirdServerThatIsOpenedBehindTheFreeze) {
  const Ran ran = meddle(kFrozen, {{"db3", kOpens}});
  expect_said(ran, "db3 takes writes; db1 is left super_read_only: db3 takes writes");
  EXPECT_EQ(writable(*topology_, kThree), "db3 ") << ran.out;
}

TEST_F(SwitchMeddled, ByTheOldPrimaryThatIsOpenedAgainBehindTheFreeze) {
  const Ran ran = meddle(kFrozen, {{"db1", kOpens}, {"db1", "INSERT INTO app.t VALUES (1)"}});
  expect_said(ran, "db1 was opened again by somebody else");
  EXPECT_EQ(writable(*topology_, kThree), "db1 ") << ran.out;
}

// Between the wait for the last transaction and the opening: one that the candidate does not get.
TEST_F(SwitchMeddled, ByACommitBehindTheFreezeThatTheCandidateDoesNotGet) {
  topology_->set_primary("db2");
  const std::string sandbox = std::string(GTIDOPS_SOURCE_DIR) +
                              "/tests/sandbox/mysql-sandbox --dir '" +
                              topology_->sandbox().folder().string() + "' sql ";
  const std::string script =
      sandbox + "db2 'STOP REPLICA IO_THREAD' && " + sandbox + "db1 'FLUSH PRIVILEGES'";
  const Ran ran = fused_apply(
      *topology_, {std::string("after db1: SET GLOBAL super_read_only = ON then ") + kWaits,
                   1,
                   {"sh", "-c", script}});
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  expect_said(ran, "db1 committed 1 transactions behind the freeze that db2 has not applied");
  EXPECT_EQ(writable(*topology_, kThree), "db1 ") << ran.out;
}

// FLUSH PRIVILEGES passes the freeze, and is a transaction. Behind the last look, the new primary
// still fetches it, for its channel is taken off last: nothing is lost, and nobody is errant.
TEST_F(SwitchMeddled, ByAFlushBehindTheFreezeWhichIsATransaction) {
  topology_->set_primary("db2");
  const std::string script =
      std::string(GTIDOPS_SOURCE_DIR) + "/tests/sandbox/mysql-sandbox --dir '" +
      topology_->sandbox().folder().string() + "' sql db1 'FLUSH PRIVILEGES'";
  const std::string before = topology_->gtid_executed("db1");
  const Ran ran = fused_apply(*topology_, {"before save committed", 1, {"sh", "-c", script}});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_NE(topology_->gtid_executed("db1"), before);
  EXPECT_EQ(writable(*topology_, kThree), "db2 ") << ran.out;
  expect_synced(*topology_);
  for (const char* name : {"db1", "db3"})
    EXPECT_TRUE(eventually([&] {
      return topology_->gtid_executed(name) == topology_->gtid_executed("db2");
    })) << name;
  topology_->set_primary("db1");
  topology_->converge();
}

}  // namespace
}  // namespace gtidops::testing
