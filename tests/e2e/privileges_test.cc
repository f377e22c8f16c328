// The account of deploy/grants.sql, and nothing beside it: it can do everything that gtidops does;
// and whatever it lacks is said by the plan, before anything is touched.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "e2e/support/histories.h"
#include "model/action.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

const char* const kAccount = "'gtidops'@'127.0.0.1'";
const char* const kSemiSync = "    semiSync: {enabled: true, waitForReplicas: 1, timeout: 10s}\n";

struct Privilege {
  std::string name, object;  // "SELECT", "mysql.*"
  [[nodiscard]] std::string text() const { return name + " ON " + object; }
};

// What the file gives, one by one; GRANT OPTION, where it is given, too.
std::vector<Privilege> privileges_in_grants_sql() {
  std::ifstream in(std::filesystem::path(GTIDOPS_SOURCE_DIR) / "deploy/grants.sql");
  static const std::regex grant(R"(^(?:/\*!\d+ )?GRANT (.*) ON (\S+) TO '.*'@'.*?'(.*);$)");
  std::vector<Privilege> all;
  for (std::string line; std::getline(in, line);) {
    std::smatch found;
    if (!std::regex_search(line, found, grant)) continue;
    std::stringstream list(found[1]);
    for (std::string name; std::getline(list, name, ',');)
      all.push_back({name.substr(name.find_first_not_of(' ')), found[2]});
    if (found[3].str().find("WITH GRANT OPTION") != std::string::npos)
      all.push_back({"GRANT OPTION", found[2]});
  }
  return all;
}

void without_binary_log(sandbox::Server& server, const std::string& statements) {
  sql(server, "SET sql_log_bin = 0; " + statements);
}

template <std::size_t... Each>
std::set<std::string> names_of_actions(std::index_sequence<Each...> /*each*/) {
  return {std::string(std::variant_alternative_t<Each, Action>::kName)...};
}

std::set<std::string> all_actions() {
  return names_of_actions(std::make_index_sequence<std::variant_size_v<Action>>());
}

class Privileges : public ::testing::Test {
 protected:
  // What was done of it, by the names of the actions.
  void apply(const std::string& what, const std::vector<std::string>& arguments = {}) {
    std::vector<std::string> all{"-o", "json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Ran ran = topology_.apply(all);
    EXPECT_EQ(ran.code, 0) << what << "\n" << ran.out << ran.err;
    // Behind a copy that was waited for, there is another plan.
    const json plans = json::parse(ran.out)["plans"];
    for (const json& plan : plans)
      for (const json& step : plan["steps"]) {
        const std::string action = step["action"];
        // What only waits may find that it has come already.
        const bool waits = action.rfind("await_", 0) == 0 && step["result"] == "skipped";
        if (step["result"] == "done" || waits) done_.insert(action);
      }
  }
  // The plan refuses this server by one of these rules, because of that.
  void expect_refused(const std::string& server, const std::map<std::string, std::string>& why) {
    const Ran ran = topology_.gtidops("plan", {"-o", "json"});
    bool said = false;
    const json plan = plan_in(ran);
    for (const json& one : plan["refusals"]) {
      const auto found = why.find(one["rule"].get<std::string>());
      said = said || (one["server"] == server && found != why.end() &&
                      one["why"].get<std::string>().find(found->second) != std::string::npos);
    }
    EXPECT_TRUE(said) << why.begin()->second << " is not said in " << ran.out << ran.err;
    for (const json& step : plan["steps"]) EXPECT_NE(step["server"], server) << ran.out;
  }

  // As they must be made GTID servers first.
  Topology topology_{3, {.mysqld = {"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"}}};
  std::set<std::string> done_;
};

TEST_F(Privileges, OfDeployGrantsAreEnoughForEveryKindOfAction) {
  // There is nobody else to be.
  for (const char* name : {"db1", "db2", "db3"})
    EXPECT_EQ(value(topology_[name],
                    "SELECT GROUP_CONCAT(user, '@', host ORDER BY user) FROM mysql.user WHERE user "
                    "NOT LIKE 'mysql.%'"),
              "gtidops@127.0.0.1,root@localhost");

  for (const char* name : {"db2", "db3"}) sql(topology_[name], "SET GLOBAL server_id = 1");
  topology_.set_replication(kSemiSync);
  apply("from nothing");

  sql(topology_["db1"],
      "REVOKE REPLICATION SLAVE ON *.* FROM 'repl'@'127.0.0.1'; SET GLOBAL super_read_only = ON");
  sql(topology_["db2"],
      "SET GLOBAL rpl_semi_sync_replica_enabled = OFF; STOP REPLICA IO_THREAD; START REPLICA "
      "IO_THREAD");
  sql(topology_["db3"], "STOP REPLICA");
  apply("what was changed by hand");
  sql(topology_["db3"],
      "SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; DROP SCHEMA gtidops; SET GLOBAL "
      "super_read_only = ON");
  apply("a replica that was restored without the heartbeat's table");
  sql(topology_["db1"], "GRANT REPLICATION CLIENT ON *.* TO 'repl'@'127.0.0.1'");
  apply("a privilege too many", {"--allow-destructive"});

  sql(topology_["db1"],
      "CREATE DATABASE calendar; CREATE TABLE calendar.t (n INT AUTO_INCREMENT PRIMARY KEY); "
      "CREATE EVENT calendar.tick ON SCHEDULE EVERY 1 HOUR DO INSERT INTO calendar.t VALUES ()");
  topology_.set_primary("db2");
  apply("a switch, with an event");

  sql(topology_["db2"], "CREATE USER old@localhost");
  topology_.set_more("  reconcile: {prune: {users: true}}\n");
  apply("an account that nobody declared", {"--allow-destructive"});
  topology_.set_more("");

  // What only an interrupted switch leaves behind.
  topology_.set_primary("db1");
  Ran died =
      fused_apply(topology_, {"after db1: SET GLOBAL super_read_only = OFF, GLOBAL read_only = "
                              "OFF"});
  ASSERT_EQ(died.code, 128 + SIGKILL) << died.out << died.err;
  apply("after a switch that ended in the middle");
  topology_.set_primary("db2");
  {
    sandbox::Connection holder(topology_["db2"]);
    holder.sql("FLUSH TABLES WITH READ LOCK");  // its applier waits
    sql(topology_["db1"], "INSERT INTO calendar.t VALUES ()");
    died = fused_apply(topology_, {"after db1: SET GLOBAL binlog_group_commit_sync_delay"});
    ASSERT_EQ(died.code, 128 + SIGKILL) << died.out << died.err;
  }
  topology_.set_primary("db1");
  apply("after a throttle");
  apply("in the end");

  topology_.renew("db3", {.mysqld = {"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"}});
  for (const char* name : {"db1", "db2"}) purge_logs(topology_, name);
  apply("a server that was set up anew");

  const std::set<std::string> all = all_actions();
  EXPECT_GT(all.size(), 20U);
  for (const std::string& action : all)
    EXPECT_EQ(done_.count(action), 1U) << action << " was never done here: what calls for it?";
}

// Those that are for something special only are the next test's.
TEST_F(Privileges, ThatAreLackingAreSaidByThePlan) {
  static const std::set<std::string> special{"INSERT ON mysql.plugin", "EVENT ON *.*",
                                             "SET_ANY_DEFINER ON *.*", "SYSTEM_USER ON *.*",
                                             "TRIGGER ON gtidops.*",  // own_table_test.cc
                                             "CLONE_ADMIN ON *.*",     "BACKUP_ADMIN ON *.*"};
  topology_.converge();
  int tried = 0;
  for (const Privilege& one : privileges_in_grants_sql()) {
    if (special.count(one.text()) > 0) continue;
    ++tried;
    without_binary_log(topology_["db1"],
                       "REVOKE " + one.name + " ON " + one.object + " FROM " + kAccount);
    sql(topology_["db1"], "SET GLOBAL super_read_only = ON");  // so that there is something to do
    // Without some of them it cannot even be looked at; then MySQL's own words name them.
    expect_refused("db1",
                   {{"privileges", one.object == "mysql.*" ? "SELECT ON mysql.user" : one.text()},
                    {"unreachable", one.name}});
    EXPECT_EQ(topology_.apply().code, 3) << one.text();
    EXPECT_EQ(writable(topology_, {"db1"}), "") << one.text();
    sql(topology_["db1"], "SET GLOBAL read_only = OFF");
    const bool option = one.name == "GRANT OPTION";
    without_binary_log(topology_["db1"], "GRANT " + (option ? "USAGE" : one.name) + " ON " +
                                             one.object + " TO " + kAccount +
                                             (option ? " WITH GRANT OPTION" : ""));
  }
  EXPECT_GE(tried, 18);
  EXPECT_EQ(topology_.gtidops("plan", {"--detailed-exitcode"}).code, 0)
      << "it has all of them again";
}

TEST_F(Privileges, ThatAreForSomethingSpecialAreSaidWhenItIsAsked) {
  topology_.converge();
  for (const char* name : {"db1", "db2", "db3"})
    ASSERT_EQ(value(topology_[name],
                    "SELECT COUNT(*) FROM information_schema.plugins WHERE "
                    "plugin_name LIKE 'rpl_semi_sync%'"),
              "0");
  without_binary_log(topology_["db1"],
                     std::string("REVOKE INSERT ON mysql.plugin FROM ") + kAccount);
  EXPECT_EQ(topology_.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  topology_.set_replication(kSemiSync);
  expect_refused("db1", {{"privileges", "INSERT ON mysql.plugin"}});
  topology_.set_replication("");

  sql(topology_["db1"],
      "CREATE DATABASE calendar; CREATE EVENT calendar.tick ON SCHEDULE EVERY 1 HOUR DO SELECT 1");
  // Without EVENT they cannot be seen: which of them stop running cannot be said later, so it is
  // now.
  without_binary_log(topology_["db1"], std::string("REVOKE EVENT ON *.* FROM ") + kAccount);
  EXPECT_EQ(topology_.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  topology_.set_primary("db2");
  const Ran unseen = topology_.gtidops("plan");
  EXPECT_NE(unseen.out.find("events-unknown"), std::string::npos) << unseen.out;
  topology_.set_primary("db1");
  without_binary_log(topology_["db1"], std::string("GRANT EVENT ON *.* TO ") + kAccount);

  for (const char* privilege : {"SET_ANY_DEFINER", "SYSTEM_USER"}) {
    sql(topology_["db2"], "SET GLOBAL super_read_only = OFF");
    without_binary_log(topology_["db2"],
                       std::string("REVOKE ") + privilege + " ON *.* FROM " + kAccount);
    sql(topology_["db2"], "SET GLOBAL super_read_only = ON");
    topology_.set_primary("db2");
    const Ran ran = topology_.apply();
    EXPECT_NE(ran.out.find("events-disabled"), std::string::npos)
        << privilege << ran.out << ran.err;
    expect_refused("db2", {{"events-disabled", "may not enable them"}});
    without_binary_log(topology_["db2"],
                       std::string("GRANT ") + privilege + " ON *.* TO " + kAccount);
    topology_.converge();
    EXPECT_EQ(value(topology_["db2"],
                    "SELECT status FROM information_schema.events WHERE event_name = 'tick'"),
              "ENABLED");
    topology_.set_primary("db1");
    topology_.converge();
  }
}

}  // namespace
}  // namespace gtidops::testing
