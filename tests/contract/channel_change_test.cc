// CHANGE REPLICATION SOURCE TO on a real server, clause by clause: which threads must be stopped,
// and when what was received and not applied survives. What model/source_options.cc says, and with
// it every change of a channel, rests on this.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>

#include "contract/side.h"
#include "model/actions/replica.h"
#include "model/source_options.h"

namespace gtidops::contract {
namespace {

using Stops = SourceOption::Stops;

// For every clause that gtidops may write, one value that is not the default.
const std::map<std::string, std::string>& samples() {
  static const std::map<std::string, std::string> values{
      {"SOURCE_BIND", "127.0.0.1"},
      {"SOURCE_HOST", "localhost"},
      {"SOURCE_PORT", "1"},
      {"SOURCE_USER", "other"},
      {"SOURCE_PASSWORD", "another"},
      {"PRIVILEGE_CHECKS_USER", "repl@%"},
      {"REQUIRE_ROW_FORMAT", "1"},
      {"REQUIRE_TABLE_PRIMARY_KEY_CHECK", "ON"},
      {"SOURCE_AUTO_POSITION", "1"},
      {"SOURCE_HEARTBEAT_PERIOD", "12.5"},
      {"SOURCE_CONNECT_RETRY", "3"},
      {"SOURCE_RETRY_COUNT", "11"},
      {"SOURCE_DELAY", "7200"},
      {"SOURCE_COMPRESSION_ALGORITHMS", "zstd,zlib"},
      {"SOURCE_ZSTD_COMPRESSION_LEVEL", "5"},
      {"SOURCE_SSL", "0"},
      {"SOURCE_SSL_CA", "/x/ca.pem"},
      {"SOURCE_SSL_CAPATH", "/x/ca"},
      {"SOURCE_SSL_CERT", "/x/cert.pem"},
      {"SOURCE_SSL_CRL", "/x/crl.pem"},
      {"SOURCE_SSL_CRLPATH", "/x/crl"},
      {"SOURCE_SSL_KEY", "/x/key.pem"},
      {"SOURCE_SSL_CIPHER", "ECDHE-RSA-AES128-GCM-SHA256"},
      {"SOURCE_SSL_VERIFY_SERVER_CERT", "1"},
      {"SOURCE_TLS_VERSION", "TLSv1.3"},
      {"SOURCE_TLS_CIPHERSUITES", "TLS_AES_256_GCM_SHA384"},
      {"SOURCE_PUBLIC_KEY_PATH", "/x/key.pem"},
      {"GET_SOURCE_PUBLIC_KEY", "1"},
      {"NETWORK_NAMESPACE", "other"},
      {"GTID_ONLY", "1"},
  };
  return values;
}

std::string change(const std::string& name) {
  return "CHANGE REPLICATION SOURCE TO " + name + " = " + option_literal(name, samples().at(name)) +
         " FOR CHANNEL ''";
}

class ChannelChange : public ::testing::Test {
 protected:
  void SetUp() override {
    side_->run(0, "admin", "CREATE DATABASE shop");
    side_->run(0, "admin", "CREATE TABLE shop.t (a INT AUTO_INCREMENT PRIMARY KEY)");
    side_->run(0, "admin", "CREATE USER 'repl'@'%' IDENTIFIED BY 'pw'");
    side_->run(0, "admin", "GRANT ALL ON *.* TO 'repl'@'%'");
    side_->point();
    run("START REPLICA");
    side_->look_until(1, "executed=uuid1:1-4");
  }

  std::string run(const std::string& verb) { return side_->run(1, "admin", verb); }
  std::string received() {
    return run(
        "SELECT RECEIVED_TRANSACTION_SET FROM "
        "performance_schema.replication_connection_status");
  }
  // A channel that has received what it will not apply for an hour.
  void prepare() {
    run("STOP REPLICA");
    run("RESET REPLICA ALL FOR CHANNEL ''");
    side_->point();
    // GTID_ONLY wants it.
    run("CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 3600, REQUIRE_ROW_FORMAT = 1, "
        "SOURCE_CONNECT_RETRY = 60 FOR CHANNEL ''");
    run("START REPLICA");
    side_->run(0, "admin", "INSERT INTO shop.t VALUES (NULL)");
    // All of it, and what earlier ones have left: what arrives later would look like a change.
    const std::string all = side_->run(0, "admin", "SELECT @@GLOBAL.gtid_executed");
    const auto there = [&] {
      return run("SELECT GTID_SUBSET('" + all +
                 "', CONCAT(@@GLOBAL.gtid_executed, ',', RECEIVED_TRANSACTION_SET)) FROM "
                 "performance_schema.replication_connection_status");
    };
    for (int i = 0; i < 500 && there() != "1"; ++i) side_->rest(Millis{20});
    ASSERT_EQ(there(), "1");
    ASSERT_FALSE(received().empty());
  }
  // What the server says with only these threads stopped, and whether the relay log is as before.
  struct Answer {
    std::string text;
    bool kept = false;
  };
  Answer with_stopped(const std::string& threads, const std::string& name) {
    run("START REPLICA");
    if (threads == "both")
      run("STOP REPLICA");
    else if (threads != "none")
      run("STOP REPLICA " + threads);
    const std::string before = received();
    Answer answer;
    answer.text = run(change(name));
    answer.kept = !before.empty() && received() == before;
    if (answer.text == "ok") prepare();
    return answer;
  }

  std::unique_ptr<Side> side_ = real_side();
};

TEST_F(ChannelChange, EveryClauseNeedsTheThreadsStoppedThatTheTableSays) {
  for (const std::string& name : declarable_source_options())
    EXPECT_EQ(samples().count(name), 1U) << name << " has no sample here";
  prepare();
  for (const auto& [name, value] : samples()) {
    SCOPED_TRACE(name);
    const Stops stops = find_source_option(name)->stops;
    const auto nothing = with_stopped("none", name);
    const auto receiver = with_stopped("IO_THREAD", name);
    const auto applier = with_stopped("SQL_THREAD", name);
    const auto both = with_stopped("both", name);
    EXPECT_NE(nothing.text, "ok");
    EXPECT_TRUE(nothing.kept);
    EXPECT_EQ(receiver.text == "ok", stops == Stops::kReceiver) << receiver.text;
    EXPECT_TRUE(receiver.kept);
    EXPECT_EQ(applier.text == "ok", stops == Stops::kApplier) << applier.text;
    EXPECT_TRUE(applier.kept);
    EXPECT_EQ(both.text, "ok");
    EXPECT_FALSE(both.kept) << "with both stopped the relay log is deleted";
    if (stops == Stops::kReceiver) {
      EXPECT_EQ(applier.text, "error 3021");
    }
    if (stops == Stops::kApplier) {
      EXPECT_EQ(receiver.text, "error 3085");
    }
  }
}

// Every option that a file may declare can be compared with what a server shows.
TEST_F(ChannelChange, EveryOptionIsShownAsItWasSet) {
  Side& side = *side_;
  for (const std::string& name : declarable_source_options()) {
    SCOPED_TRACE(name);
    prepare();
    run("STOP REPLICA");
    const auto shown = [&]() -> std::optional<std::string> {
      const Observation seen = side.fleet().look({"db2"}, Depth::kState, Millis{10'000});
      const ServerState* state = seen.state("db2");
      if (state == nullptr || state->default_channel() == nullptr) return std::nullopt;
      return shown_option(*state->default_channel(), name);
    };
    const std::string& value = samples().at(name);
    const bool set_already = name == "REQUIRE_ROW_FORMAT";
    const auto before = shown();
    ASSERT_TRUE(before.has_value());
    EXPECT_EQ(same_option(name, *before, value), set_already) << *before;
    ASSERT_EQ(run(change(name)), "ok");
    const auto after = shown();
    ASSERT_TRUE(after.has_value());
    EXPECT_TRUE(same_option(name, *after, value)) << *after;
    // And it can be put back.
    const std::string back = "CHANGE REPLICATION SOURCE TO " + name + " = " +
                             option_literal(name, *before) + " FOR CHANNEL ''";
    EXPECT_EQ(run(back), "ok") << back;
    EXPECT_EQ(shown(), before);
  }
}

// SOURCE_HOST sets the heartbeat back, and nothing else that gtidops may have set.
TEST_F(ChannelChange, AnotherHostSetsTheHeartbeatPeriodBackAndNothingElse) {
  Side& side = *side_;
  prepare();
  run("STOP REPLICA IO_THREAD");
  for (const char* name :
       {"SOURCE_HEARTBEAT_PERIOD", "SOURCE_RETRY_COUNT", "SOURCE_SSL_CA", "SOURCE_TLS_VERSION",
        "SOURCE_COMPRESSION_ALGORITHMS", "SOURCE_ZSTD_COMPRESSION_LEVEL", "SOURCE_TLS_CIPHERSUITES",
        "SOURCE_CONNECT_RETRY", "SOURCE_PASSWORD", "GET_SOURCE_PUBLIC_KEY"})
    ASSERT_EQ(run(change(name)), "ok") << name;
  const auto look = [&] {
    const Observation seen = side.fleet().look({"db2"}, Depth::kState, Millis{10'000});
    return seen.state("db2")->default_channel()->columns;
  };
  auto before = look();
  ASSERT_EQ(run("CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'elsewhere' FOR CHANNEL ''"), "ok");
  auto after = look();
  EXPECT_EQ(before.at("SOURCE_HEARTBEAT_PERIOD"), "12.500");
  EXPECT_NE(after.at("SOURCE_HEARTBEAT_PERIOD"), "12.500");
  for (auto* columns : {&before, &after}) {
    columns->erase("SOURCE_HEARTBEAT_PERIOD");
    columns->erase("Source_Host");
  }
  EXPECT_EQ(before, after);
  EXPECT_EQ(run("SELECT User_password FROM mysql.slave_master_info"), "another");
}

}  // namespace
}  // namespace gtidops::contract
