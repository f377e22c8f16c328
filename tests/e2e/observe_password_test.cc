// What becomes of the admin password on its way: in each of the modes of TLS, to real servers with
// and without it, and with somebody between who reads, or who takes TLS out of the greeting.
#include <gmock/gmock.h>

#include <fstream>

#include "e2e/observe_support.h"
#include "sandbox/fake_server.h"

namespace gtidops::observe {
namespace {

using sandbox::Conversation;
using sandbox::FakeServer;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "Adm1n-s3cret-of-0rders";
constexpr std::array kModes{TlsMode::kDisabled, TlsMode::kPreferred, TlsMode::kRequired,
                            TlsMode::kVerifyCa, TlsMode::kVerifyIdentity};

class PasswordTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    box = new sandbox::Sandbox;
    with_tls = &box->up("with");
    without_tls = &box->up("without", {.mysqld = {"--tls-version="}});
    for (Server* server : {with_tls, without_tls})
      sql(*server, std::string("CREATE USER boss@'%' IDENTIFIED BY '") + kPassword +
                       "'; GRANT ALL ON *.* TO boss@'%'");
  }
  static void TearDownTestSuite() { delete box; }

  // With an empty cache, so that caching_sha2_password needs the password itself.
  static ServerLook look_through(const FakeServer& proxy, Server& server, TlsMode mode,
                                 const std::string& key = {}) {
    sql(server, "FLUSH PRIVILEGES");
    SpecOf spec = SpecOf().server("x", "127.0.0.1", proxy.port()).admin("boss", kPassword);
    spec.tls(mode, ask(*with_tls, "SELECT CONCAT(@@datadir, 'ca.pem')"));
    spec.spec.tls.server_public_key_file = Field<std::string>(key);
    return look_at(spec, Depth::kDetails);
  }

  static FakeServer::Script reader(Server& server) {
    return [&server](Conversation& client) { client.relay(server.port(), [](std::string&) {}); };
  }
  static FakeServer::Script stripper(Server& server) {
    return [&server](Conversation& client) { client.relay(server.port(), sandbox::hide_tls); };
  }

  static std::string file(const std::string& name, const std::string& text) {
    const std::string path = (box->folder() / name).string();
    std::ofstream(path) << text;
    return path;
  }
  static std::string key_of(Server& server) {
    return ask(server, "SELECT CONCAT(@@datadir, 'public_key.pem')");
  }

  static inline sandbox::Sandbox* box = nullptr;
  static inline Server *with_tls = nullptr, *without_tls = nullptr;
};

std::optional<bool> encrypted(const ServerLook& look) {
  return expect_state(look).details->connection_encrypted;
}

TEST_F(PasswordTest, IsNotReadOnTheWayToAServerWithTls) {
  for (const TlsMode mode : kModes) {
    const FakeServer proxy(reader(*with_tls));
    const ServerLook look = look_through(proxy, *with_tls, mode);
    if (mode == TlsMode::kVerifyIdentity)  // the server's own certificate names no host
      expect_unreachable(look, Reason::kTls);
    else
      EXPECT_EQ(encrypted(look), mode != TlsMode::kDisabled);
    EXPECT_THAT(proxy.heard(), Not(HasSubstr(kPassword))) << static_cast<int>(mode);
    // It did hear what came before: a reader that is deaf would prove nothing.
    EXPECT_FALSE(proxy.heard().empty());
  }
}

TEST_F(PasswordTest, IsNotReadOnTheWayToAServerWithoutTls) {
  for (const TlsMode mode : kModes) {
    const FakeServer proxy(reader(*without_tls));
    const ServerLook look = look_through(proxy, *without_tls, mode);
    if (always_encrypts(mode)) {
      EXPECT_THAT(expect_unreachable(look, Reason::kTls), HasSubstr("offers no TLS"));
      EXPECT_EQ(proxy.heard(), "");  // not even the account's name
    } else {
      EXPECT_EQ(encrypted(look), false);
      EXPECT_THAT(proxy.heard(), HasSubstr("boss"));
    }
    EXPECT_THAT(proxy.heard(), Not(HasSubstr(kPassword))) << static_cast<int>(mode);
  }
}

TEST_F(PasswordTest, IsNotReadByWhoTakesTlsOutOfTheGreeting) {
  for (const TlsMode mode : kModes) {
    const FakeServer proxy(stripper(*with_tls));
    const ServerLook look = look_through(proxy, *with_tls, mode);
    if (always_encrypts(mode))
      EXPECT_THAT(expect_unreachable(look, Reason::kTls), HasSubstr("offers no TLS"));
    else
      EXPECT_EQ(encrypted(look), false);
    EXPECT_THAT(proxy.heard(), Not(HasSubstr(kPassword))) << static_cast<int>(mode);
  }
}

// With files that are only of use with TLS, too.
TEST_F(PasswordTest, IsNotReadWhenThereIsAClientsCertificate) {
  const FakeServer proxy(stripper(*with_tls));
  SpecOf spec = SpecOf().server("x", "127.0.0.1", proxy.port()).admin("boss", kPassword);
  const std::string folder = ask(*with_tls, "SELECT @@datadir");
  spec.spec.tls.cert_file = Field<std::string>(folder + "client-cert.pem");
  spec.spec.tls.key_file = Field<std::string>(folder + "client-key.pem");
  sql(*with_tls, "FLUSH PRIVILEGES");
  expect_state(look_at(spec.tls(TlsMode::kPreferred)));
  EXPECT_THAT(proxy.heard(), Not(HasSubstr(kPassword)));
}

TEST_F(PasswordTest, IsNotGivenToWhoAsksForItInClear) {
  using namespace std::string_literals;
  const FakeServer thief([](Conversation& client) {
    client.send_packet(0, sandbox::mysql_greeting(false));
    client.read_packet();
    client.send_packet(2, "\xfemysql_clear_password\0SCRAMBLESCRAMBLESCRA\0"s);
    client.read_packet();
  });
  for (const TlsMode mode : {TlsMode::kDisabled, TlsMode::kPreferred}) {
    const std::string why = expect_unreachable(
        look_at(SpecOf().server("x", "127.0.0.1", thief.port()).admin("boss", kPassword).tls(mode)),
        Reason::kAccessDenied);
    // Nothing of what the server sent stands in it: the library shows the challenge.
    EXPECT_THAT(why, HasSubstr("an authentication plugin that gtidops does not use"));
    EXPECT_THAT(why, Not(HasSubstr("'")));
  }
  EXPECT_THAT(thief.heard(), HasSubstr("boss"));
  EXPECT_THAT(thief.heard(), Not(HasSubstr(kPassword)));
}

// ---------------------------------------------------------------- whose key it is encrypted for

TEST_F(PasswordTest, ThePinnedKeyIsUsedAndNoOtherIsAskedFor) {
  for (const TlsMode mode : {TlsMode::kDisabled, TlsMode::kPreferred}) {
    const FakeServer proxy(stripper(*with_tls));
    EXPECT_EQ(encrypted(look_through(proxy, *with_tls, mode, key_of(*with_tls))), false);
    // A packet of one byte, 2: "send me your key".
    EXPECT_THAT(proxy.heard(), Not(HasSubstr(std::string("\x01\0\0\x03\x02", 5))));
  }
  const FakeServer proxy(stripper(*with_tls));
  EXPECT_EQ(encrypted(look_through(proxy, *with_tls, TlsMode::kDisabled)), false);
  EXPECT_THAT(proxy.heard(), HasSubstr(std::string("\x01\0\0\x03\x02", 5)));
}

TEST_F(PasswordTest, ForAnotherKeyThanTheServersTheLoginIsRefused) {
  Server& stranger = box->up("stranger", {.own_certs = true});
  const FakeServer proxy(reader(*without_tls));
  const ServerLook look = look_through(proxy, *without_tls, TlsMode::kPreferred, key_of(stranger));
  EXPECT_THAT(expect_unreachable(look, Reason::kAccessDenied), HasSubstr("1045"));
  box->down("stranger");
}

// The library would ask the server for its key instead.
TEST_F(PasswordTest, AKeyFileThatIsOfNoUseIsAnError) {
  const std::vector<std::pair<std::string, std::string>> files{
      {"/nonexistent/key.pem", "No such file"},
      {file("empty.pem", ""), "no RSA public key"},
      {file("half.pem", "-----BEGIN PUBLIC KEY-----\nMIIB\n"), "no RSA public key"},
      {ask(*with_tls, "SELECT CONCAT(@@datadir, 'ca.pem')"), "no RSA public key"}};
  for (const auto& [path, why] : files) {
    const FakeServer proxy(reader(*without_tls));
    EXPECT_THAT(expect_unreachable(look_through(proxy, *without_tls, TlsMode::kPreferred, path),
                                   Reason::kTls),
                ::testing::AllOf(HasSubstr("tls.serverPublicKeyFile"), HasSubstr(why)));
    EXPECT_EQ(proxy.heard(), "") << path;
  }
}

}  // namespace
}  // namespace gtidops::observe
