// Whom the HTTP server lets in: basic auth, TLS, and the web configuration file.
#include <crypt.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <thread>

#include "http/basic_auth.h"
#include "unit/support/http_fixture.h"

namespace gtidops {
namespace {

using ::testing::AnyOf;
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

std::string bcrypt_of(const std::string& password, int cost) {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
  crypt_data data{};
  ::crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), "0123456789abcdef", 16, salt.data(),
                     static_cast<int>(salt.size()));
  return ::crypt_r(password.c_str(), salt.data(), &data);
}

std::string base64(const std::string& text) {
  std::vector<unsigned char> out(text.size() * 2 + 8);
  const int size = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  return {out.begin(), out.begin() + size};
}

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
  for (const char* path : {"/", "/metrics", "/api/v1/topologies", "/x", "/-/healthy/"}) {
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

// They have no password, and learn no more than a word.
TEST_F(HttpTest, ProbesNeedNoPassword) {
  options_.web_config_file = write("web.yml", users());
  unready_ = "orders was never looked at";
  must_start();
  EXPECT_EQ(http_get(port(), "/-/healthy").status, 200);
  EXPECT_EQ(http_get(port(), "/-/healthy").body, "ok\n");
  EXPECT_EQ(http_get(port(), "/-/ready").status, 503);
  EXPECT_EQ(http_get(port(), "/-/ready").body, "not ready\n");
  unhealthy_ = "the dispatcher has not moved";
  EXPECT_EQ(http_get(port(), "/-/healthy").body, "unhealthy\n");
  EXPECT_EQ(http(port(), as("Basic YW5hOnJpZ2h0IGhvcnNl")).body, unhealthy_ + "\n");
  EXPECT_EQ(http(port(), as("Basic YW5hOndyb25nIGhvcnNl")).status, 401);
}

// Those of the manifest that is shipped, as the kubelet asks: by the pod's address, no password.
TEST_F(HttpTest, TheProbesOfKubernetesAreAnswered) {
  options_.web_config_file = write("web.yml", users());
  must_start();
  const YAML::Node manifest =
      YAML::LoadFile(std::string(GTIDOPS_SOURCE_DIR) + "/deploy/kubernetes/deployment.yaml");
  const YAML::Node container = manifest["spec"]["template"]["spec"]["containers"][0];
  for (const char* probe : {"startupProbe", "livenessProbe", "readinessProbe"}) {
    HttpClient kubelet(port());
    kubelet.send("GET " + container[probe]["httpGet"]["path"].as<std::string>() +
                 " HTTP/1.1\r\nHost: 10.244.1.7:10440\r\nUser-Agent: kube-probe/1.29\r\n"
                 "Accept: */*\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(kubelet.receive().status, 200) << probe;
  }
}

// Sixty who guess kept one who knows waiting for 6 to 14 s, and made his password forgotten.
TEST_F(HttpTest, ThoseWhoGuessDoNotHoldUpThoseWhoKnow) {
  // The password is the same, bcrypt's cost 10.
  options_.web_config_file =
      write("web.yml", "basic_auth_users:\n  ana: " + bcrypt_of("right horse", 10) + "\n");
  must_start();
  ASSERT_EQ(http(port(), as("Basic YW5hOnJpZ2h0IGhvcnNl")).status, 200);
  std::atomic<bool> over{false};
  std::atomic<int> guesses{0};
  std::atomic<int> checked{0};  // by bcrypt
  std::vector<std::thread> guessers;
  for (int i = 0; i < 60; ++i)
    guessers.emplace_back([&, i] {
      for (int n = 0; !over; ++n) {
        const std::string guess = "ana:" + std::to_string(i) + "-" + std::to_string(n);
        const int status = http(port(), as("Basic " + base64(guess))).status;
        // 0: neither side waits for ever, and a starved machine makes guesses wait for long.
        EXPECT_THAT(status, AnyOf(0, 401, 503));
        ++guesses;
        if (status == 401) ++checked;
      }
    });
  while (guesses < 300) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  // Of the guesses that wait, no lane's worth is checked before whoever knows is let in.
  constexpr int kWaiting = 16;
  for (int i = 0; i < 5; ++i) {
    const int before = checked;
    EXPECT_EQ(http(port(), as("Basic YW5hOnJpZ2h0IGhvcnNl")).status, 200);
    EXPECT_LT(checked - before, kWaiting);
  }
  over = true;
  for (std::thread& one : guessers) one.join();
}

// By the processor time that it takes, which nobody else on the machine changes.
TEST(BasicAuthTest, WhoExistsIsNotToldByTheTimeItTakes) {
  const auto cost_of = [](const BasicAuth::Users& users, const std::string& name) {
    BasicAuth auth;
    timespec begin{};
    timespec end{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (int i = 0; i < 5; ++i)
      EXPECT_FALSE(auth.permits(users, "Basic " + base64(name + ":guess" + std::to_string(i))));
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return static_cast<double>(end.tv_sec - begin.tv_sec) +
           1e-9 * static_cast<double>(end.tv_nsec - begin.tv_nsec);
  };
  for (const int cost : {4, 7, 11}) {
    const BasicAuth::Users users{{"ana", bcrypt_of("right horse", cost)}};
    const double exists = cost_of(users, "ana");
    const double nobody = cost_of(users, "bob");
    EXPECT_LT(nobody, 3 * exists) << cost;
    EXPECT_LT(exists, 3 * nobody) << cost;
  }
}

// --- The Host header.

HttpAnswer asked_as(int port, const std::string& host, const std::string& path = "/metrics") {
  HttpClient client(port);
  client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  return client.receive();
}

// Without this, a page of a stranger's whose name leads to 127.0.0.1 reads everything (DNS
// rebinding).
TEST_F(HttpTest, OnlyOurOwnNamesAreAnsweredTo) {
  options_.external_host = "Gtidops.Example.com";
  must_start();
  for (const char* host :
       {"localhost", "LOCALHOST:10440", "localhost.", "127.0.0.1", "127.0.0.1:10440", "[::1]:10440",
        "10.0.0.7:80", "gtidops.example.com", "GTIDOPS.example.com:8443", "gtidops.example.com."})
    EXPECT_EQ(asked_as(port(), host).status, 200) << host;
  for (const char* host :
       {"evil.example", "evil.example:10440", "gtidops.example.com.evil.example",
        "localhost.evil.example", "127.0.0.1.evil.example", "xgtidops.example.com", "localhost:x",
        "", "[::1", "1", "localhost@evil"})
    for (const char* path : {"/", "/metrics", "/api/v1/topologies"})
      EXPECT_EQ(asked_as(port(), host, path).status, 421) << host;
  EXPECT_THAT(asked_as(port(), "evil.example").body, HasSubstr("externalUrl"));
  EXPECT_EQ(asked_as(port(), "evil.example", "/-/healthy").status, 200);
  HttpClient poke(port());
  poke.send("POST /hooks/git HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(poke.receive().status, 421);
  EXPECT_EQ(pulls_, 0);
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
