// From canned rows to the model's values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mysql/owned_gtids.h"
#include "mysql/read_state.h"
#include "unit/mysql_rows.h"

namespace gtidops::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Result<ServerState> state_with(const std::vector<Columns>& channels) {
  return read_state(set_of(channels), identity());
}

Channel channel_with(const std::string& column, const std::optional<std::string>& value) {
  Columns row = replica_status();
  row[column] = value;
  const auto state = state_with({row});
  EXPECT_TRUE(state) << state.error().message;
  return state && state->channels.size() == 1 ? state->channels.front() : Channel{};
}

TEST(ReadState, Identity) {
  const auto state = state_with({});
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->version, (Version{9, 7, 4}));
  EXPECT_EQ(state->version_text, "9.7.4-2");
  EXPECT_EQ(state->server_id, 7U);
  EXPECT_EQ(state->instance, "db-host:3306:/var/lib/mysql/");
  EXPECT_EQ(state->gtid_mode, "ON");
  EXPECT_TRUE(state->log_bin);
  EXPECT_TRUE(state->read_only);
  EXPECT_FALSE(state->super_read_only);
  EXPECT_TRUE(state->gtid_purged.empty());
  EXPECT_EQ(state->gtid_executed.count(), 12);
  EXPECT_TRUE(state->channels.empty());
  EXPECT_FALSE(state->details);
}

// Nothing that is missing or strange becomes a default.
TEST(ReadState, EveryColumnOfTheIdentityMustBeGood) {
  const ResultSet good = identity();
  for (std::size_t i = 0; i < kIdentityColumns; ++i) {
    ResultSet bad = good;
    bad.rows[0][i] = std::nullopt;
    EXPECT_FALSE(read_state({}, bad)) << i;
  }
  for (const IdentityColumn column :
       {kVersionText, kServerId, kPort, kLogBin, kLogReplicaUpdates, kReadOnly, kSuperReadOnly,
        kGtidPurged, kGtidOwned, kGtidExecuted}) {
    ResultSet bad = good;
    bad.rows[0][column] = "strange";
    EXPECT_FALSE(read_state({}, bad)) << column;
  }
  ResultSet wide = good;
  wide.rows[0][kServerId] = "4294967296";
  EXPECT_FALSE(read_state({}, wide));
  EXPECT_FALSE(read_state({}, ResultSet{}));
  ResultSet cut = good;
  cut.rows[0].pop_back();
  EXPECT_FALSE(read_state({}, cut));
}

// As 9.7.4 printed it: two threads of one UUID, a tag, and another UUID right behind a thread.
TEST(ReadState, WhatIsBeingCommittedWithoutWhoCommitsIt) {
  const std::string uuid = "206a8760-eb8e-11f1-8b0c-02fc00000001";
  const std::string other = "306a8760-eb8e-11f1-8b0c-02fc00000001";
  EXPECT_EQ(without_owners(""), "");
  EXPECT_EQ(without_owners(uuid + ":13#62"), uuid + ":13");
  EXPECT_EQ(without_owners(uuid + ":13#62#63"), uuid + ":13");
  EXPECT_EQ(without_owners("strange"), "strange");
  ResultSet set = identity();
  set.rows[0][kGtidOwned] = uuid + ":12#54:11#50" + uuid + ":mytag:1#51" + other + ":100#55";
  const auto state = read_state({}, set);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->gtid_owned.to_string(), uuid + ":11-12:mytag:1," + other + ":100");
  // What has no end is no set, and not a smaller one.
  for (const std::string& bad : {uuid + ":1#2" + uuid, uuid + ":1#2:5-", uuid + ":1#two"}) {
    set.rows[0][kGtidOwned] = bad;
    EXPECT_FALSE(read_state({}, set)) << bad;
  }
}

TEST(ReadState, AChannel) {
  const auto state = state_with({replica_status()});
  ASSERT_TRUE(state) << state.error().message;
  ASSERT_EQ(state->channels.size(), 1U);
  const Channel& channel = *state->default_channel();
  EXPECT_EQ(channel.source_host, "10.0.0.1");
  EXPECT_EQ(channel.source_port, 3306);
  EXPECT_EQ(channel.source_user, "repl");
  EXPECT_EQ(channel.source_uuid, "2052ed60-e6b1-11f1-8122-02fc00000001");
  EXPECT_EQ(channel.receiver, ThreadState::kOn);
  EXPECT_EQ(channel.applier, ThreadState::kOn);
  EXPECT_EQ(channel.receiver_error.number, 0);
  EXPECT_TRUE(channel.auto_position);
  EXPECT_EQ(channel.seconds_behind, 0);
  EXPECT_EQ(channel.columns.at("Connect_Retry"), "60");
  EXPECT_TRUE(channel.filters.empty());
}

TEST(ReadState, EveryColumnOfAChannelMustBeGood) {
  for (const char* column :
       {"Channel_Name", "Source_Host", "Source_Port", "Source_User", "Replica_IO_Running",
        "Replica_SQL_Running", "Last_IO_Errno", "Last_IO_Error", "Last_SQL_Errno", "Last_SQL_Error",
        "Auto_Position", "Retrieved_Gtid_Set", "SQL_Delay"}) {
    Columns row = replica_status();
    row[column] = std::nullopt;
    EXPECT_FALSE(state_with({row})) << column;
    row.erase(column);
    const auto state = state_with({row});
    ASSERT_FALSE(state) << column;
    EXPECT_THAT(state.error().message, HasSubstr(column));
  }
  for (const char* column :
       {"Source_Port", "Replica_IO_Running", "Replica_SQL_Running", "Last_IO_Errno",
        "Auto_Position", "Retrieved_Gtid_Set", "Seconds_Behind_Source", "SQL_Delay"}) {
    Columns row = replica_status();
    row[column] = "strange";
    EXPECT_FALSE(state_with({row})) << column;
  }
}

TEST(ReadState, WhatAChannelMayLeaveOut) {
  EXPECT_EQ(channel_with("Seconds_Behind_Source", std::nullopt).seconds_behind, std::nullopt);
  EXPECT_EQ(channel_with("Source_UUID", std::nullopt).source_uuid, "");
  EXPECT_EQ(channel_with("Source_UUID", "").source_uuid, "");
}

TEST(ReadState, ThreadsAndErrors) {
  EXPECT_EQ(channel_with("Replica_IO_Running", "Connecting").receiver, ThreadState::kConnecting);
  EXPECT_EQ(channel_with("Replica_IO_Running", "No").receiver, ThreadState::kOff);
  EXPECT_EQ(channel_with("Replica_SQL_Running", "No").applier, ThreadState::kOff);
  EXPECT_EQ(channel_with("Last_IO_Errno", "2003").receiver_error.number, 2003);
  EXPECT_EQ(channel_with("Last_SQL_Error", "no row").applier_error.text, "no row");
  EXPECT_EQ(channel_with("SQL_Delay", "3600").delay_seconds, 3600);
}

TEST(ReadState, GtidSetsOfManyLinesAndWithTags) {
  const Channel channel = channel_with("Retrieved_Gtid_Set",
                                       "2052ed60-e6b1-11f1-8122-02fc00000001:1-5:7:mysqlsh:1-9,\n"
                                       "3052ed60-e6b1-11f1-8122-02fc00000001:1");
  EXPECT_EQ(channel.retrieved.count(), 16);
}

TEST(ReadState, Filters) {
  EXPECT_THAT(channel_with("Replicate_Do_DB", "shop,b").filters,
              ElementsAre("Replicate_Do_DB=shop,b"));
  EXPECT_THAT(channel_with("Replicate_Wild_Ignore_Table", "a.%").filters,
              ElementsAre("Replicate_Wild_Ignore_Table=a.%"));
  EXPECT_THAT(channel_with("Replicate_Ignore_Server_Ids", "3").filters,
              ElementsAre("Replicate_Ignore_Server_Ids=3"));
}

TEST(ReadState, FiltersOfPerformanceSchema) {
  std::vector<Channel> channels(2);
  channels[0].filters = {"Replicate_Do_DB=shop"};
  channels[1].name = "other";
  const ResultSet set = rows_of({{"", "REPLICATE_DO_DB", "shop"},
                                 {"other", "REPLICATE_REWRITE_DB", "(a,b)"},
                                 {std::nullopt, "REPLICATE_WILD_DO_TABLE", "x.%"},
                                 {"", "REPLICATE_IGNORE_DB", ""}});
  ASSERT_TRUE(read_applier_filters(set, channels));
  EXPECT_THAT(channels[0].filters,
              ElementsAre("Replicate_Do_DB=shop", "Replicate_Wild_Do_Table=x.%"));
  EXPECT_THAT(channels[1].filters,
              ElementsAre("Replicate_Rewrite_DB=(a,b)", "Replicate_Wild_Do_Table=x.%"));
}

TEST(ReadState, ChannelsThatAreLeftOut) {
  Columns group = replica_status();
  group["Channel_Name"] = "group_replication_applier";
  group["Source_Host"] = "<NULL>";
  Columns unset = replica_status();
  unset["Source_Host"] = "";
  Columns named = replica_status();
  named["Channel_Name"] = "stray";
  const auto state = state_with({group, unset, named, replica_status()});
  ASSERT_TRUE(state) << state.error().message;
  ASSERT_EQ(state->channels.size(), 2U);
  EXPECT_EQ(state->channels[0].name, "stray");
  EXPECT_NE(state->default_channel(), nullptr);
}

TEST(ReadDetails, VariablesAsShowWritesThem) {
  const JudgedVariable flag{"super_read_only", {0, 0, 0}, {99, 0, 0}, true};
  const JudgedVariable text{"report_host", {0, 0, 0}, {99, 0, 0}, false};
  const std::vector<const JudgedVariable*> asked{&flag, &text};
  EXPECT_THAT(*read_variables(asked, rows_of({{"1", std::nullopt}})),
              ElementsAre(Pair("report_host", ""), Pair("super_read_only", "ON")));
  EXPECT_EQ(read_variables(asked, rows_of({{"0", "h"}}))->at("super_read_only"), "OFF");
  EXPECT_FALSE(read_variables(asked, rows_of({{std::nullopt, "h"}})));
  EXPECT_FALSE(read_variables(asked, rows_of({{"2", "h"}})));
  EXPECT_FALSE(read_variables(asked, rows_of({{"1"}})));
  EXPECT_FALSE(read_variables(asked, ResultSet{}));
}

TEST(ReadDetails, NamedValues) {
  EXPECT_THAT(*read_named_values(rows_of({{"Super_Read_Only", "ON"}, {"x", std::nullopt}})),
              ElementsAre(Pair("super_read_only", "ON"), Pair("x", "")));
  EXPECT_TRUE(read_named_values(ResultSet{})->empty());
}

TEST(ReadDetails, Accounts) {
  const auto accounts =
      read_accounts(rows_of({{"repl", "10.%", "caching_sha2_password", "N", "Y"}}));
  ASSERT_TRUE(accounts);
  EXPECT_EQ(accounts->front().host, "10.%");
  EXPECT_FALSE(accounts->front().locked);
  EXPECT_TRUE(accounts->front().password_expired);
  EXPECT_FALSE(
      read_accounts(rows_of({{"repl", "10.%", "caching_sha2_password", std::nullopt, "Y"}})));
}

TEST(ReadDetails, SchemasHeartbeatAndLists) {
  EXPECT_EQ(read_schemas(rows_of({{"shop", "2", "16384"}}))->front().bytes, 16384);
  EXPECT_FALSE(read_schemas(rows_of({{"shop", "2", std::nullopt}})));
  EXPECT_EQ(*read_heartbeat(ResultSet{}), std::nullopt);
  EXPECT_EQ((*read_heartbeat(rows_of({{"UUID", "18446744073709551615"}})))->beat,
            18446744073709551615U);
  EXPECT_FALSE(read_heartbeat(rows_of({{"UUID", "-1"}})));
  EXPECT_EQ(*read_single(ResultSet{}), std::nullopt);
  EXPECT_EQ(*read_single(rows_of({{"binlog.000001", "154"}, {"binlog.000002", "1"}})),
            "binlog.000001");
  EXPECT_THAT(*read_list(rows_of({{"a"}, {"b"}})), ElementsAre("a", "b"));
}

TEST(ReadDetails, BinlogFilters) {
  const ResultSet set =
      set_of({{{"File", "binlog.000001"}, {"Binlog_Do_DB", "shop"}, {"Binlog_Ignore_DB", ""}}});
  EXPECT_THAT(*read_binlog_filters(set), ElementsAre("Binlog_Do_DB=shop"));
  EXPECT_TRUE(read_binlog_filters(ResultSet{})->empty());
  EXPECT_FALSE(read_binlog_filters(set_of({{{"File", "binlog.000001"}}})));
}

}  // namespace
}  // namespace gtidops::mysql
