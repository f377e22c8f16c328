// Servers that can't be looked at, and why; and that no trouble is waited for longer than it may
// last.
#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

#include "e2e/observe_support.h"
#include "sandbox/listener.h"

namespace gtidops::observe {
namespace {

using sandbox::Listener;
using ::testing::HasSubstr;

constexpr Millis kShort{400};
// Enough for a healthy server on a busy machine.
constexpr Millis kPatient{1'500};
class TroubleTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    box = new sandbox::Sandbox;
    const auto servers = box->up_all({"db1", "db2"});
    db1 = servers[0];
    db2 = servers[1];
  }
  static void TearDownTestSuite() { delete box; }

  static std::string ca_of(const Server& server) {
    return ask(server, "SELECT CONCAT(@@datadir, 'ca.pem')");
  }

  static inline sandbox::Sandbox* box = nullptr;
  static inline Server *db1 = nullptr, *db2 = nullptr;
};

// ---------------------------------------------------------------- somebody else, or nobody

TEST_F(TroubleTest, NobodyListens) {
  const ServerLook look = look_at(SpecOf().server("x", "127.0.0.1", sandbox::closed_port()));
  EXPECT_EQ(expect_unreachable(look, Reason::kConnectionRefused),
            "the connection was refused: nobody listens there");
}

TEST_F(TroubleTest, NoSuchName) {
  expect_unreachable(look_at(SpecOf().server("x", "no-such-host.invalid", 3306)),
                     Reason::kNameNotResolved);
}

TEST_F(TroubleTest, SomebodySilentListens) {
  const Listener silent(Listener::Speaks::Nothing);
  const Stopwatch watch;
  const ServerLook look =
      look_at(SpecOf().server("x", "127.0.0.1", silent.port()), Depth::kState, kShort);
  EXPECT_EQ(expect_unreachable(look, Reason::kTimeout),
            "the connection was accepted, but nothing was said after 400ms");
  EXPECT_GE(watch.milliseconds(), 400);
  EXPECT_LT(watch.milliseconds(), kHangs);
}

TEST_F(TroubleTest, SomebodyElseListens) {
  const std::pair<Listener::Speaks, Reason> others[] = {
      {Listener::Speaks::Ssh, Reason::kNotMysql},
      {Listener::Speaks::Garbage, Reason::kNotMysql},
      {Listener::Speaks::MariaDb, Reason::kMariadb}};
  for (const auto& [speaks, reason] : others) {
    const Listener listener(speaks);
    const Stopwatch watch;
    expect_unreachable(look_at(SpecOf().server("x", "127.0.0.1", listener.port())), reason);
    EXPECT_LT(watch.milliseconds(), kHangs) << reason_name(reason);
  }
}

// An HTTP server waits for the client to begin, and so do we for the server.
TEST_F(TroubleTest, AnHttpServerListens) {
  const Listener listener(Listener::Speaks::Http);
  const Stopwatch watch;
  const ServerLook look =
      look_at(SpecOf().server("x", "127.0.0.1", listener.port()), Depth::kState, kShort);
  ASSERT_TRUE(std::holds_alternative<Unreachable>(look));
  const Reason reason = std::get<Unreachable>(look).reason;
  EXPECT_TRUE(reason == Reason::kNotMysql || reason == Reason::kTimeout) << reason_name(reason);
  EXPECT_LT(watch.milliseconds(), kHangs);
}

// ---------------------------------------------------------------- the login

TEST_F(TroubleTest, AWrongPassword) {
  const std::string message = expect_unreachable(
      look_at(SpecOf().server(*db1).admin("root", "wr0ngs3cret")), Reason::kAccessDenied);
  EXPECT_THAT(message, HasSubstr("1045"));
  EXPECT_EQ(message.find("wr0ng"), std::string::npos);
}

TEST_F(TroubleTest, APasswordThatIsNotThere) {
  SpecOf spec = SpecOf().server(*db1).admin("root", "x");
  ::unsetenv(spec.spec.admin.password.name.c_str());
  EXPECT_THAT(expect_unreachable(look_at(spec), Reason::kSecret),
              HasSubstr("GTIDOPS_OBSERVE_root is not set"));
}

TEST_F(TroubleTest, APasswordCommandThatHangsIsNotWaitedFor) {
  SpecOf spec = SpecOf().server(*db1).server(*db2);
  spec.spec.servers[0].admin.emplace();
  spec.spec.servers[0].admin->user = Field<std::string>("root");
  spec.spec.servers[0].admin->password.kind = SecretRef::Kind::kExec;
  spec.spec.servers[0].admin->password.name = "sleep 30; echo x";
  const Stopwatch watch;
  {
    MysqlFleet fleet(spec.spec);
    const auto observation = fleet.look(spec.names(), Depth::kState, kPatient);
    expect_unreachable(observation.servers.at("db1"), Reason::kSecret);
    expect_state(observation.servers.at("db2"));
  }
  EXPECT_LT(watch.milliseconds(), kHangs);  // and the fleet ends with it
}

TEST_F(TroubleTest, AccountsThatMayNotComeIn) {
  sql(*db1,
      "CREATE USER locked@'%' IDENTIFIED BY 'p' ACCOUNT LOCK; CREATE USER expired@'%' IDENTIFIED "
      "BY 'p' PASSWORD "
      "EXPIRE; CREATE USER blind@'%' IDENTIFIED BY 'p'");
  EXPECT_THAT(expect_unreachable(look_at(SpecOf().server(*db1).admin("locked", "p")),
                                 Reason::kAccessDenied),
              HasSubstr("locked"));
  EXPECT_THAT(expect_unreachable(look_at(SpecOf().server(*db1).admin("expired", "p")),
                                 Reason::kAccessDenied),
              HasSubstr("expired"));
  EXPECT_THAT(
      expect_unreachable(look_at(SpecOf().server(*db1).admin("blind", "p")), Reason::kPrivileges),
      HasSubstr("REPLICATION CLIENT"));
  sql(*db1, "DROP USER locked@'%', expired@'%', blind@'%'");
}

TEST_F(TroubleTest, NoConnectionLeft) {
  // This session is the one that is allowed, and stays: a further one of root might not come in.
  sandbox::Connection root(*db1);
  root.sql("CREATE USER plain@'%' IDENTIFIED BY 'p'; SET GLOBAL max_connections=1");
  EXPECT_THAT(expect_unreachable(look_at(SpecOf().server(*db1).admin("plain", "p")),
                                 Reason::kTooManyConnections),
              HasSubstr("1040"));
  root.sql("SET GLOBAL max_connections=151; DROP USER plain@'%'");
}

TEST_F(TroubleTest, APasswordThatWasChangedIsReadAgain) {
  sql(*db1,
      "CREATE USER rotated@'%' IDENTIFIED BY 'old'; GRANT REPLICATION CLIENT ON *.* TO "
      "rotated@'%'");
  const SpecOf spec = SpecOf().server(*db1).admin("rotated", "old");
  MysqlFleet fleet(spec.spec);
  expect_state(fleet.look({"db1"}, Depth::kState, Millis(5'000)).servers.at("db1"));
  sql(*db1, "ALTER USER rotated@'%' IDENTIFIED BY 'new'");
  ::setenv("GTIDOPS_OBSERVE_rotated", "new", 1);
  db1->restart();
  expect_state(fleet.look({"db1"}, Depth::kState, Millis(5'000)).servers.at("db1"));
  sql(*db1, "DROP USER rotated@'%'");
}

// ---------------------------------------------------------------- TLS

TEST_F(TroubleTest, TlsIsUsedWhereItIs) {
  for (const TlsMode mode : {TlsMode::kPreferred, TlsMode::kRequired}) {
    const SpecOf spec = SpecOf().server(*db1).tls(mode);
    MysqlFleet fleet(spec.spec);
    const auto rows =
        fleet.run(gtidops::sql("db1", "SHOW SESSION STATUS LIKE 'Ssl_cipher'"), Millis(5'000));
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_NE((*rows)[0][1], "");
  }
  const SpecOf off = SpecOf().server(*db1).tls(TlsMode::kDisabled);
  MysqlFleet fleet(off.spec);
  EXPECT_EQ((*fleet.run(gtidops::sql("db1", "SHOW SESSION STATUS LIKE 'Ssl_cipher'"),
                        Millis(5'000)))[0][1],
            "");
}

// A full authentication with caching_sha2_password, for nothing is cached: the server's public key
// is asked for.
TEST_F(TroubleTest, WithoutTlsAFreshPasswordWorks) {
  sql(*db1,
      "CREATE USER fresh@'%' IDENTIFIED BY 'pw'; GRANT REPLICATION CLIENT ON *.* TO fresh@'%'; "
      "FLUSH PRIVILEGES");
  expect_state(look_at(SpecOf().server(*db1).tls(TlsMode::kDisabled).admin("fresh", "pw")));
  sql(*db1, "FLUSH PRIVILEGES");
  expect_state(look_at(SpecOf().server(*db1).tls(TlsMode::kRequired).admin("fresh", "pw")));
  sql(*db1, "DROP USER fresh@'%'");
}

// Whether the greeting has come in by the time the library reads it, or has not, is chance.
TEST_F(TroubleTest, EveryLoginIsLikeTheFirst) {
  for (const TlsMode mode : {TlsMode::kDisabled, TlsMode::kRequired})
    for (int i = 0; i < 100; ++i) expect_state(look_at(SpecOf().server(*db1).tls(mode)));
}

TEST_F(TroubleTest, CertificatesAreVerifiedWhenAskedFor) {
  const auto tls = [](TlsMode mode, const std::string& ca) {
    return look_at(SpecOf().server(*db1).tls(mode, ca));
  };
  expect_state(tls(TlsMode::kVerifyCa, ca_of(*db1)));
  // The certificate that the server made for itself names no host.
  expect_unreachable(tls(TlsMode::kVerifyIdentity, ca_of(*db1)), Reason::kTls);
  Server& stranger = box->up("stranger", {.own_certs = true});
  expect_unreachable(tls(TlsMode::kVerifyCa, ca_of(stranger)), Reason::kTls);
  expect_state(
      tls(TlsMode::kRequired, ca_of(stranger)));  // verifies nothing, as mysql's own client
  box->down("stranger");
  expect_unreachable(tls(TlsMode::kVerifyCa, "/nonexistent/ca.pem"), Reason::kTls);
  EXPECT_THAT(expect_unreachable(tls(TlsMode::kVerifyCa, ""), Reason::kTls), HasSubstr("caFile"));
}

TEST_F(TroubleTest, ACertificateThatNamesTheHost) {
  const std::string certificate = (box->folder() / "named.pem").string();
  const std::string key = (box->folder() / "named.key").string();
  const std::string make =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost -out " +
      certificate + " -keyout " + key + " 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  Server& named = box->up("named", {.mysqld = {"--ssl-ca=" + certificate,
                                               "--ssl-cert=" + certificate, "--ssl-key=" + key}});
  const auto look = [&](const std::string& host) {
    return look_at(
        SpecOf().server("x", host, named.port()).tls(TlsMode::kVerifyIdentity, certificate));
  };
  expect_state(look("localhost"));
  expect_unreachable(look("127.0.0.1"), Reason::kTls);
  box->down("named");
  expect_unreachable(look("localhost"), Reason::kConnectionRefused);
}

TEST_F(TroubleTest, AServerWithoutTls) {
  Server& plain = box->up("plain", {.mysqld = {"--tls-version="}});
  expect_state(look_at(SpecOf().server(plain).tls(TlsMode::kPreferred)));
  EXPECT_EQ(
      expect_unreachable(look_at(SpecOf().server(plain).tls(TlsMode::kRequired)), Reason::kTls),
      "the server offers no TLS, and tls.mode asks for it");
  EXPECT_FALSE(
      expect_state(look_at(SpecOf().server(plain), Depth::kDetails)).details->tls_available);
  box->down("plain");
}

TEST_F(TroubleTest, AServerThatTakesNothingButTls) {
  sql(*db1, "SET GLOBAL require_secure_transport=ON");
  EXPECT_THAT(
      expect_unreachable(look_at(SpecOf().server(*db1).tls(TlsMode::kDisabled)), Reason::kTls),
      HasSubstr("3159"));
  expect_state(look_at(SpecOf().server(*db1).tls(TlsMode::kPreferred)));
  sql(*db1, "SET GLOBAL require_secure_transport=OFF");
}

// ---------------------------------------------------------------- servers that hang, die and come
// back

TEST_F(TroubleTest, AStoppedServerDelaysNobody) {
  const SpecOf spec = SpecOf().server(*db1).server(*db2);
  MysqlFleet fleet(spec.spec);
  fleet.look(spec.names(), Depth::kState, Millis(5'000));
  db1->pause();
  for (const Depth depth : {Depth::kState, Depth::kDetails, Depth::kState}) {
    const Stopwatch watch;
    const auto observation = fleet.look(spec.names(), depth, kPatient);
    EXPECT_GE(watch.milliseconds(), kPatient.count());
    EXPECT_LT(watch.milliseconds(), kHangs);
    EXPECT_EQ(expect_unreachable(observation.servers.at("db1"), Reason::kTimeout),
              "the server did not answer after 1500ms");
    // It was read while the other one was still waited for.
    const ServerState& other = expect_state(observation.servers.at("db2"));
    EXPECT_LT(other.looked_at - observation.taken_at, kPatient);
  }
  db1->resume();
  // The connection was kept, so it works again at once.
  expect_state(fleet.look({"db1"}, Depth::kState, Millis(5'000)).servers.at("db1"));
  EXPECT_EQ(fleet.counts().at("db1").opened, 1U);
  EXPECT_EQ(fleet.counts().at("db1").errors.at(Reason::kTimeout), 3U);
}

// Looks at a server that never lets us in are one connection to it, not one each: it would block
// this host.
TEST_F(TroubleTest, AStoppedServerIsKnockedAtOnce) {
  const auto aborted = [] {
    return std::stoi(ask(*db1,
                         "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE "
                         "VARIABLE_NAME = 'Aborted_connects'"));
  };
  const int before = aborted();
  db1->pause();
  const SpecOf spec = SpecOf().server(*db1).server(*db2);
  MysqlFleet fleet(spec.spec);
  for (int i = 0; i < 4; ++i) {
    const Stopwatch watch;
    const auto observation = fleet.look(spec.names(), Depth::kState, kPatient);
    EXPECT_LT(watch.milliseconds(), kHangs);
    EXPECT_THAT(expect_unreachable(observation.servers.at("db1"), Reason::kTimeout),
                HasSubstr("nothing was said"));
    expect_state(observation.servers.at("db2"));
  }
  db1->resume();
  expect_state(fleet.look({"db1"}, Depth::kState, Millis(5'000)).servers.at("db1"));
  EXPECT_EQ(fleet.counts().at("db1").opened, 1U);
  EXPECT_EQ(aborted(), before);
}

TEST_F(TroubleTest, AFleetEndsWhileItsServersHang) {
  db1->pause();
  const Stopwatch watch;
  {
    const SpecOf spec = SpecOf().server(*db1);
    MysqlFleet fleet(spec.spec);
    fleet.look({"db1"}, Depth::kState, Millis(50));
  }
  EXPECT_LT(watch.milliseconds(), kHangs);
  db1->resume();
}

TEST_F(TroubleTest, AServerThatWasKilledIsRefusedAndComesBack) {
  const SpecOf spec = SpecOf().server(*db1).server(*db2);
  MysqlFleet fleet(spec.spec);
  fleet.look(spec.names(), Depth::kDetails, Millis(5'000));
  db1->kill();
  const Stopwatch watch;
  const auto observation = fleet.look(spec.names(), Depth::kState, Millis(20'000));
  EXPECT_LT(watch.milliseconds(), kHangs);  // at once, not at the deadline
  expect_unreachable(observation.servers.at("db1"), Reason::kConnectionRefused);
  expect_state(observation.servers.at("db2"));
  db1->start();
  expect_state(fleet.look({"db1"}, Depth::kDetails, Millis(5'000)).servers.at("db1"));
  // A restart between two looks goes unnoticed.
  db1->restart();
  expect_state(fleet.look({"db1"}, Depth::kState, Millis(5'000)).servers.at("db1"));
  EXPECT_EQ(fleet.counts().at("db1").opened, 3U);
}

TEST_F(TroubleTest, AConnectionThatWasKilledIsOpenedAnew) {
  const SpecOf spec = SpecOf().server(*db1);
  MysqlFleet fleet(spec.spec);
  const auto id = (*fleet.run(gtidops::sql("db1", "SELECT CONNECTION_ID()"), Millis(5'000)))[0][0];
  sql(*db1, "KILL " + *id);
  std::this_thread::sleep_for(Millis(50));
  expect_state(fleet.look({"db1"}, Depth::kState, Millis(5'000)).servers.at("db1"));
}

TEST_F(TroubleTest, PerformanceSchemaIsOff) {
  Server& bare = box->up("bare", {.mysqld = {"--performance-schema=OFF"}});
  const ServerLook look = look_at(SpecOf().server(bare), Depth::kDetails);
  const auto& details = expect_state(look).details;
  ASSERT_TRUE(details);
  EXPECT_EQ(details->variables.at("performance_schema"), "OFF");
  EXPECT_TRUE(details->tls_available);
  box->down("bare");
}

}  // namespace
}  // namespace gtidops::observe
