// What MySQL keeps otherwise than it was told, and what nobody knows: no step comes of the former,
// no value of the latter.
#include <gtest/gtest.h>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

class Values : public ::testing::Test {
 protected:
  Values() : topology_(2) {}
  Topology topology_;
};

// MySQL keeps the host of an account in lower case.
TEST_F(Values, AHostInCapitalsIsTheAccountThatWasMade) {
  topology_.set_replication_host("LOCALHOST");
  topology_.converge();
  expect_synced(topology_, "with the host in capitals");
  EXPECT_EQ(
      value(topology_["db1"], "SELECT GROUP_CONCAT(host) FROM mysql.user WHERE user = 'repl'"),
      "localhost");
  const std::string text = topology_.gtidops("plan").out;
  EXPECT_EQ(text.find("DROP USER"), std::string::npos) << text;

  // The account that lets db2 in is never called one that may be dropped.
  topology_.set_replication_host("10.9.9.9");
  const std::string other = topology_.gtidops("plan").out;
  EXPECT_NE(other.find("'repl'@'localhost' of the same name"), std::string::npos) << other;
  EXPECT_EQ(other.find("DROP USER"), std::string::npos) << other;
  EXPECT_NE(other.find("leave it: db2 logged in by this name"), std::string::npos) << other;
}

// SOURCE_HOST stays as it was typed, and is the same server in every spelling of its address.
TEST_F(Values, AnAddressSpeltOtherwiseIsNoOther) {
  topology_.converge();
  for (const char* host : {"127.1", "::ffff:127.0.0.1"}) {
    sql(topology_["db2"],
        std::string("STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '") + host +
            "'; START REPLICA");
    ASSERT_TRUE(eventually([&] {
      return topology_.replica_status("db2", "s.SERVICE_STATE") == "ON";
    })) << host;
    EXPECT_EQ(topology_.replica_status("db2", "c.HOST"), host);
    expect_synced(topology_, host);
  }
}

// A single look cannot tell since when something is so.
TEST_F(Values, SinceWhenIsNotKnownToASingleLook) {
  topology_.converge();
  const json status = json::parse(topology_.gtidops("status", {"-o", "json"}).out);
  for (const json& one : status["topologies"][0]["conditions"])
    EXPECT_EQ(one["since"], nullptr) << one;
  EXPECT_EQ(topology_.gtidops("status").out.find("SINCE"), std::string::npos);
}

// CHANGE REPLICATION SOURCE TO takes 32 bytes at most; no account is left behind that no replica
// could use.
TEST_F(Values, APasswordThatNoChannelTakesMakesNoAccount) {
  topology_.set_replication_password(std::string(33, 'x'));
  const Ran ran = topology_.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(rules_in(plan_in(ran)), ":replication-secret ") << ran.out;
  EXPECT_NE(ran.out.find("it has 33 bytes, and MySQL takes a password for replication of 32"),
            std::string::npos)
      << ran.out;
  EXPECT_EQ(value(topology_["db1"], "SELECT COUNT(*) FROM mysql.user WHERE user = 'repl'"), "0");
  // One that holds nothing is no empty password.
  topology_.set_replication_password("");
  const Ran empty = topology_.apply({"-o", "json"});
  EXPECT_EQ(empty.code, 3) << empty.out << empty.err;
  EXPECT_NE(empty.out.find("holds nothing"), std::string::npos) << empty.out;
  EXPECT_EQ(value(topology_["db1"], "SELECT COUNT(*) FROM mysql.user WHERE user = 'repl'"), "0");
  // The longest that goes.
  topology_.set_replication_password(std::string(32, 'x'));
  topology_.converge();
  topology_.expect_replica("db2", "db1");
  topology_.set_replication_password(Topology::repl_password());
}

}  // namespace
}  // namespace gtidops::testing
