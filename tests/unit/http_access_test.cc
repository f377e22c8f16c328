// Whom the HTTP server lets in: basic auth, TLS, and the web configuration file.
#include <openssl/ssl.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "unit/support/http_fixture.h"

namespace gtidops {
namespace {

using ::testing::HasSubstr;
using testing::http;
using testing::http_get;
using testing::HttpAnswer;
using testing::HttpAsk;
using testing::HttpClient;
using testing::HttpTest;
using ::testing::Not;
using testing::poke;

// --- Basic auth. The password is "right horse".

std::string users() {
  return "basic_auth_users:\n  ana: $2b$04$FG2KkfAIyvQQA4exNcLN2uJyUzwWEnlDE75FaCOTWD8kmf9bmGwFa\n";
}

HttpAsk as(const std::string& authorization) {
  HttpAsk ask;
  ask.path = "/-/healthy";
  ask.headers = {{"Authorization", authorization}};
  return ask;
}

TEST_F(HttpTest, OnlyThoseWithTheRightPasswordMayIn) {
  options_.web_config_file = write("web.yml", users());
  must_start();
  for (const char* path : {"/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/topologies", "/x"}) {
    const HttpAnswer answer = http_get(port(), path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_THAT(answer.headers.at("www-authenticate"), HasSubstr("Basic"));
  }
  EXPECT_EQ(http(port(), poke({})).status, 401);
  EXPECT_EQ(pulls_, 0);
  for (int i = 0; i < 2; ++i)  // the second answer comes from memory
    EXPECT_EQ(http(port(), as("Basic YW5hOnJpZ2h0IGhvcnNl")).status, 200);
  for (const char* wrong :
       {"Basic YW5hOndyb25nIGhvcnNl",  // ana:wrong horse
        "Basic YW5hOg==",              // ana:
        "Basic Ym9iOnJpZ2h0IGhvcnNl",  // bob:right horse
        "Basic YW5h", "Basic !!!!", "Basic ", "Bearer YW5hOnJpZ2h0IGhvcnNl", "x"})
    for (int i = 0; i < 2; ++i) EXPECT_EQ(http(port(), as(wrong)).status, 401) << wrong;
}

TEST_F(HttpTest, AChangedFileIsTakenOverAndABrokenOneIsNot) {
  options_.web_config_file = write("web.yml", users());
  must_start();
  EXPECT_EQ(http_get(port(), "/metrics").status, 401);
  write("web.yml", "basic_auth_user: {}\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(http_get(port(), "/metrics").status, 401);
  EXPECT_THAT(server_->warning(), HasSubstr("basic_auth_user"));
  write("web.yml", "{}\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(http_get(port(), "/metrics").status, 200);
  EXPECT_EQ(server_->warning(), "");
}

TEST_F(HttpTest, AWebConfigurationThatIsNoGoodStopsTheStart) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"tls_server_config:\n  cert_fil: x\n", "web.yml:2: unknown or unsupported key"},
      {"http_server_config: {http2: true}\n", "http_server_config"},
      {"tls_server_config: {cert_file: a}\n", "key_file is missing"},
      {"tls_server_config: {cert_file: a, key_file: b}\n", "cert_file"},
      {"tls_server_config: {cert_file: a, key_file: b, client_auth_type: Maybe}\n", "NoClientCert"},
      {"tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}\n", "TLS12"},
      {"tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n", "client_auth_type"},
      {"basic_auth_users: {ana: secret}\n", "no bcrypt hash"},
      {"basic_auth_users: [ana]\n", "must be a mapping"},
      {"basic_auth_users: {}\nbasic_auth_users: {}\n", "web.yml:2: duplicate key"},
      {"basic_auth_users: {\n", "web.yml:"}};
  for (const auto& [text, message] : wrong) {
    options_.web_config_file = write("web.yml", text);
    const Status started = start();
    ASSERT_FALSE(started) << text;
    EXPECT_THAT(started.error().message, HasSubstr(message));
    EXPECT_THAT(started.error().message, Not(HasSubstr("secret")));
  }
  options_.web_config_file = "/nowhere/web.yml";
  EXPECT_FALSE(start());
}

// --- TLS.

class TlsTest : public HttpTest {
 protected:
  void make(const std::string& name) {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
        "/CN=" +
        name + " -keyout " + name + ".key -out " + name + ".pem");
  }
  void must_start_with(const std::string& more) {
    options_.web_config_file =
        write("web.yml", "tls_server_config:\n  cert_file: web.pem\n  key_file: web.key\n" + more);
    must_start();
  }
  [[nodiscard]] HttpClient::Tls tls() const { return {(folder_ / "web.pem").string(), "", "", 0}; }
  HttpAsk ask_;
};

TEST_F(TlsTest, ServesOverTlsAndNotWithoutAndTakesOverANewCertificate) {
  make("web");
  must_start_with("");
  const HttpClient::Tls old = tls();
  EXPECT_EQ(HttpClient(port(), old).ask(ask_).status, 200);
  EXPECT_EQ(http_get(port(), "/").status, 0);
  EXPECT_THROW(HttpClient(port(), HttpClient::Tls{"", "", "", TLS1_1_VERSION}), std::runtime_error);
  run("cp web.pem old.pem");
  make("web");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(HttpClient(port(), tls()).ask(ask_).status, 200);
  EXPECT_THROW(HttpClient(port(), HttpClient::Tls{(folder_ / "old.pem").string(), "", "", 0}),
               std::runtime_error);
}

TEST_F(TlsTest, ClientsMustShowACertificateWhenAsked) {
  make("web");
  make("ana");
  must_start_with("  client_ca_file: ana.pem\n  client_auth_type: RequireAndVerifyClientCert\n");
  HttpClient::Tls with = tls();
  with.most = TLS1_2_VERSION;  // with 1.3 a client learns of it only when it reads
  EXPECT_THROW(HttpClient(port(), with), std::runtime_error);
  with.cert_file = (folder_ / "ana.pem").string();
  with.key_file = (folder_ / "ana.key").string();
  EXPECT_EQ(HttpClient(port(), with).ask(ask_).status, 200);
}

}  // namespace
}  // namespace gtidops
