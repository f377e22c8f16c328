// What becomes of the admin password on its way: in each of the modes of TLS, to real servers with
// and without it, and with somebody between who reads, or who takes TLS out of the greeting.
#include <gmock/gmock.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <fstream>
#include <memory>
#include <thread>

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

// ---------------------------------------------------------------- and of what size that key is

// Of any number of bits: nobody has to be able to decrypt with it.
std::string public_key(int bits) {
  using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
  BIGNUM* const modulus = BN_new();
  BN_rand(modulus, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
  OSSL_PARAM_BLD* const build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(build, "n", modulus);
  OSSL_PARAM_BLD_push_uint(build, "e", 65'537);
  const Parameters parameters(OSSL_PARAM_BLD_to_param(build), OSSL_PARAM_free);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters.get()), 1);
  BIO* const out = BIO_new(BIO_s_mem());
  EXPECT_EQ(PEM_write_bio_PUBKEY(out, key), 1);
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(out, &text));
  std::string pem(text, size);
  BIO_free(out);
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_BLD_free(build);
  BN_free(modulus);
  return pem;
}

// Plays a server without TLS up to the key, which comes in pieces of so many bytes.
FakeServer::Script sends_key(const std::string& pem, std::size_t piece) {
  return [pem, piece](Conversation& client) {
    using namespace std::string_literals;
    client.send_packet(0, sandbox::mysql_greeting(false));
    client.read_packet();
    client.send_packet(2, "\x01\x04");  // the whole password, please
    client.read_packet();               // "send me your key"
    const std::size_t size = pem.size() + 1;
    const std::string packet = {static_cast<char>(size & 0xffU), static_cast<char>(size >> 8U),
                                '\0', '\x04', '\x01'};
    client.send(packet);
    for (std::size_t at = 0; at < pem.size(); at += piece) {
      if (!client.send(pem.substr(at, piece))) return;
      if (piece < pem.size()) std::this_thread::sleep_for(Millis(1));
    }
    if (client.read_packet()) client.send_packet(6, "\xff\x15\x04#28000No"s);
  };
}

// Older versions of Connector/C would write behind the end of a buffer on their stack.
TEST_F(PasswordTest, ALongerKeyThanTheLibraryHasRoomForIsNotUsed) {
  for (const int bits : {16'384, 8'200, 6'200}) {
    const std::string pem = public_key(bits);
    for (const std::size_t piece : {pem.size(), pem.size() - 1, std::size_t{100}}) {
      const FakeServer hostile(sends_key(pem, piece));
      const ServerLook look = look_at(SpecOf()
                                          .server("x", "127.0.0.1", hostile.port())
                                          .admin("boss", kPassword)
                                          .tls(TlsMode::kPreferred));
      EXPECT_THAT(expect_unreachable(look, Reason::kTls), HasSubstr("of more than 4096 bits"))
          << bits << " in pieces of " << piece;
      EXPECT_THAT(hostile.heard(), Not(HasSubstr(kPassword)));
    }
  }
}

TEST_F(PasswordTest, AKeyOfUsualSizeIsUsed) {
  for (const int bits : {2'048, 4'096}) {
    const FakeServer server(sends_key(public_key(bits), 100));
    const ServerLook look = look_at(SpecOf()
                                        .server("x", "127.0.0.1", server.port())
                                        .admin("boss", kPassword)
                                        .tls(TlsMode::kPreferred));
    EXPECT_THAT(expect_unreachable(look, Reason::kAccessDenied), HasSubstr("1045")) << bits;
    // The password, encrypted, is as long as the key.
    EXPECT_GT(server.heard().size(), static_cast<std::size_t>(bits / 8));
  }
}

}  // namespace
}  // namespace gtidops::observe
