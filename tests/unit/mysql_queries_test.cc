// Which words are spoken to which version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mysql/queries.h"

namespace gtidops::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Version kVersions[] = {{8, 0, 23}, {8, 0, 25}, {8, 0, 26}, {8, 0, 45}, {8, 1, 0},
                                 {8, 2, 0},  {8, 3, 0},  {8, 4, 0},  {9, 0, 0},  {9, 7, 4}};

std::set<std::string> names(const Version& version) {
  std::set<std::string> all;
  for (const JudgedVariable* variable : judged_variables(version)) all.emplace(variable->name);
  return all;
}

std::set<std::string> plugin_names(const Version& version) {
  std::set<std::string> all;
  for (const auto& list : plugin_variables(version))
    for (const JudgedVariable* variable : list) all.emplace(variable->name);
  return all;
}

TEST(Queries, OldAndNewNamesOfVariables) {
  EXPECT_THAT(names({8, 0, 25}), ::testing::Contains("slave_preserve_commit_order"));
  EXPECT_THAT(names({8, 0, 25}), Not(::testing::Contains("replica_preserve_commit_order")));
  EXPECT_THAT(names({8, 0, 26}), ::testing::Contains("replica_preserve_commit_order"));
  EXPECT_THAT(names({8, 0, 26}), Not(::testing::Contains("slave_preserve_commit_order")));
  for (const Version& version : kVersions)
    for (const char* judged :
         {"binlog_format", "binlog_row_image", "sync_binlog", "innodb_flush_log_at_trx_commit",
          "innodb_page_size", "lower_case_table_names", "performance_schema",
          "persisted_globals_load", "character_set_server", "event_scheduler",
          "require_secure_transport", "relay_log_recovery", "binlog_expire_logs_seconds",
          "super_read_only", "report_host", "report_port", "server_id", "gtid_mode"})
      EXPECT_EQ(names(version).count(judged), 1U) << judged << " in " << version.to_string();
}

TEST(Queries, SemiSynchronousPlugins) {
  EXPECT_THAT(plugin_names({8, 0, 25}), ::testing::Contains("rpl_semi_sync_master_enabled"));
  EXPECT_THAT(plugin_names({8, 0, 25}), Not(::testing::Contains("rpl_semi_sync_source_enabled")));
  // Both kinds may be loaded.
  EXPECT_THAT(plugin_names({8, 0, 36}), ::testing::IsSupersetOf({"rpl_semi_sync_master_enabled",
                                                                 "rpl_semi_sync_source_enabled",
                                                                 "rpl_semi_sync_replica_enabled"}));
  EXPECT_THAT(plugin_names({8, 4, 0}), Not(::testing::Contains("rpl_semi_sync_master_enabled")));
  for (const Version& version : kVersions)
    for (const auto& list : plugin_variables(version)) {
      // One plugin a list: it is there as a whole, or not at all.
      std::set<std::string> plugins;
      for (const JudgedVariable* variable : list)
        plugins.insert(
            std::string(variable->name).substr(0, std::string_view("rpl_semi_sync_sour").size()));
      EXPECT_EQ(plugins.size(), 1U) << version.to_string();
    }
}

TEST(Queries, WordsThatChanged) {
  EXPECT_EQ(binary_log_status_query({8, 0, 23}), "SHOW MASTER STATUS");
  EXPECT_EQ(binary_log_status_query({8, 1, 0}), "SHOW MASTER STATUS");
  EXPECT_EQ(binary_log_status_query({8, 2, 0}), "SHOW BINARY LOG STATUS");
  EXPECT_EQ(binary_log_status_query({9, 7, 4}), "SHOW BINARY LOG STATUS");
  EXPECT_THAT(state_query({8, 0, 25}), HasSubstr("@@global.log_slave_updates"));
  EXPECT_THAT(state_query({8, 0, 26}), HasSubstr("@@global.log_replica_updates"));
}

TEST(Queries, TheStateIsReadInTheOrderThatTellsTheTruth) {
  const std::string query = state_query({9, 7, 4});
  const auto at = [&](const char* what) { return query.find(what); };
  EXPECT_EQ(query.rfind("SHOW REPLICA STATUS; SELECT ", 0), 0U);
  EXPECT_LT(at("super_read_only"), at("gtid_purged"));
  EXPECT_LT(at("gtid_purged"), at("gtid_executed"));
  EXPECT_EQ(at("gtid_executed") + std::string("gtid_executed").size(), query.size());
  EXPECT_EQ(std::count(query.begin(), query.end(), ',') + 1, kIdentityColumns);
}

TEST(Queries, TextFromOutsideIsQuoted) {
  EXPECT_THAT(heartbeat_query("o'x"), HasSubstr("'o''x'"));
  EXPECT_THAT(accounts_query("r\\'"), HasSubstr("'r\\\\'''"));
  EXPECT_EQ(grants_query("a'", "%"), "SHOW GRANTS FOR 'a'''@'%'");
  EXPECT_THAT(select_named_variables({"a", "b'"}), HasSubstr("IN ('a', 'b''')"));
}

}  // namespace
}  // namespace gtidops::mysql
