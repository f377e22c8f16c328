// The HTTP server, for real, on a port of its own: what it answers, whom it lets in, and that
// nobody can hold it up.
#include "http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "unit/support/http_client.h"
#include "unit/support/json_schema.h"
#include "unit/support/snapshots.h"

namespace gtidops {
namespace {

using nlohmann::json;
using testing::daemon_snapshot;
using testing::FleetBuilder;
using ::testing::HasSubstr;
using testing::http;
using testing::http_get;
using testing::HttpAnswer;
using testing::HttpAsk;
using testing::HttpClient;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::topology_snapshot;

FleetBuilder three(const std::string& name = "orders") {
  FleetBuilder fleet(name);
  fleet.server("db1").primary().server("db2").replica_of("db1").server("db3").replica_of("db1");
  return fleet;
}

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() { std::filesystem::create_directories(folder_); }
  ~HttpTest() override {
    if (server_) server_->stop();
    std::filesystem::remove_all(folder_);
    ::unsetenv("GTIDOPS_TEST_HOOK");
  }

  Status start() {
    options_.listen = "127.0.0.1:0";
    HttpSources sources;
    sources.snapshot = [this] { return snapshot_; };
    sources.unhealthy = [this] { return unhealthy_; };
    sources.unready = [this] { return unready_; };
    sources.pull_now = [this] { ++pulls_; };
    server_ = std::make_unique<HttpServer>(options_, sources, metrics_);
    return server_->start();
  }
  void must_start() {
    const Status started = start();
    ASSERT_TRUE(started) << started.error().message;
  }
  [[nodiscard]] int port() const { return server_->port(); }
  void publish(const DaemonSnapshot& snapshot) {
    snapshot_ = std::make_shared<const DaemonSnapshot>(snapshot);
  }
  std::string write(const std::string& name, const std::string& text) {
    const auto file = folder_ / name;
    std::ofstream(file) << text;
    return file.string();
  }
  void run(const std::string& command) {
    const std::string all = "cd '" + folder_.string() + "' && " + command + " >log 2>&1";
    ASSERT_EQ(std::system(all.c_str()), 0) << command;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("gtidops-http-" + std::to_string(::getpid()));
  Metrics metrics_;
  HttpOptions options_;
  std::shared_ptr<const DaemonSnapshot> snapshot_ =
      std::make_shared<const DaemonSnapshot>(daemon_snapshot({topology_snapshot(three())}));
  std::string unhealthy_, unready_;
  std::atomic<int> pulls_{0};
  std::unique_ptr<HttpServer> server_;
};

// --- The endpoints.

TEST_F(HttpTest, SaysWhetherItIsHealthyAndReady) {
  unready_ = "orders was never looked at";
  must_start();
  EXPECT_EQ(http_get(port(), "/-/healthy").status, 200);
  const HttpAnswer ready = http_get(port(), "/-/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "orders was never looked at\n");
  unhealthy_ = "the loop has not moved for 60s";
  EXPECT_EQ(http_get(port(), "/-/healthy").status, 503);
}

TEST_F(HttpTest, ServesTheMetricsAndCountsItself) {
  must_start();
  http_get(port(), "/nowhere");
  const HttpAnswer answer = http_get(port(), "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr(R"(gtidops_server_up{topology="orders",server="db1"} 1)"));
  EXPECT_THAT(answer.body,
              HasSubstr(R"(gtidops_http_requests_total{code="404",handler="other"} 1)"));
}

TEST_F(HttpTest, TheApiKeepsToItsSchema) {
  TopologySnapshot topology = topology_snapshot(three());
  topology.consecutive_failures = 2;
  topology.last_error = "db2 did not answer";
  topology.history.push_back({topology.last_pass,
                              0.2,
                              "changed",
                              "commit",
                              topology.revision,
                              {"set_read_only db2: done"},
                              ""});
  PrimaryChangeRecord change;
  change.at = topology.last_pass;
  change.type = "switchover";
  change.result = "done";
  change.change.from = "db3";
  change.change.to = "db1";
  change.change.writes_blocked_ms = 4.5;
  topology.primary_changes.push_back(change);
  publish(daemon_snapshot({topology, topology_snapshot(three("billing"))}));
  must_start();
  const HttpAnswer all = http_get(port(), "/api/v1/topologies");
  EXPECT_EQ(all.headers.at("content-type"), "application/json");
  EXPECT_THAT(testing::schema_errors("status.schema.json", all.body), IsEmpty());
  const json orders = json::parse(http_get(port(), "/api/v1/topologies/orders").body);
  EXPECT_EQ(orders, json::parse(all.body)["topologies"][0]);
  EXPECT_EQ(orders["revision"], "3f786850e387550fdab836ed7e6dc881de23001b");
  EXPECT_EQ(orders["consecutive_failures"], 2);
  EXPECT_EQ(orders["last_error"], "db2 did not answer");
  EXPECT_EQ(orders["history"][0]["steps"][0], "set_read_only db2: done");
  EXPECT_EQ(orders["primary_changes"][0]["writes_blocked_ms"], 4.5);
  EXPECT_EQ(orders["servers"][1]["lag_seconds"], 0.25);
  EXPECT_EQ(orders["conditions"][0]["since"], "2026-11-22T15:00:00.123Z");
  EXPECT_EQ(orders["suspended"], false);
  EXPECT_EQ(orders["leader"], true);
}

TEST_F(HttpTest, WhatIsNotThereAndWhatMayNotBeDone) {
  must_start();
  const HttpAnswer unknown = http_get(port(), "/api/v1/topologies/nosuch");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(json::parse(unknown.body)["error"], "there is no topology nosuch");
  for (const char* path : {"/x", "/metrics/", "/api/v1/", "/../etc/passwd", "/%2e%2e/etc/passwd"})
    EXPECT_EQ(http_get(port(), path).status, 404) << path;
  HttpAsk ask;
  ask.method = "DELETE";
  ask.path = "/metrics";
  const HttpAnswer wrong = http(port(), ask);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(http_get(port(), "/hooks/git").status, 405);
  ask.method = "HEAD";
  const HttpAnswer head = http(port(), ask);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.headers.at("content-length"), "0");
}

TEST_F(HttpTest, EveryAnswerForbidsWhatBrowsersNeedNot) {
  must_start();
  for (const char* path : {"/", "/metrics", "/api/v1/topologies", "/nosuch"}) {
    const HttpAnswer answer = http_get(port(), path);
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store") << path;
    EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(answer.headers.at("content-security-policy"), Not(HasSubstr("unsafe")));
  }
}

// --- The page.

TEST_F(HttpTest, ThePageTellsWhatAPersonWantsToKnow) {
  FleetBuilder fleet = three();
  fleet.suspended("moving racks").server("db2").executed("db1:1-100,db2:1-2");
  fleet.server("db3").unreachable(Unreachable::Reason::kTimeout, "no answer within 3s");
  publish(daemon_snapshot({topology_snapshot(fleet)}));
  must_start();
  const std::string html = http_get(port(), "/").body;
  for (const char* text :
       {"orders", "db1", "db2", "10.0.0.3:3306", "timeout: no answer within 3s",
        "Suspended, nothing is changed: moving racks", "errant-transactions", "0.2 s",
        "3f786850e387", "Ready: ", "takes writes", "read-only", "2026-11-22T15:00:00.123Z"})
    EXPECT_THAT(html, HasSubstr(text));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
}

TEST_F(HttpTest, NothingThatIsShownCanBecomeAScript) {
  const std::string evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
  FleetBuilder fleet = three();
  fleet.server("db2")
      .edit([&](ServerState& state) { state.version_text = evil; })
      .applier_error(1062, evil)
      .server("db3")
      .unreachable(Unreachable::Reason::kOther, evil);
  fleet.suspended(evil);
  TopologySnapshot topology = topology_snapshot(fleet);
  topology.leader = false;
  topology.lease_error = evil;
  topology.consecutive_failures = 1;
  topology.last_error = evil;
  topology.history.push_back({topology.last_pass, 1, evil, evil, evil, {evil}, evil});
  topology.plan.refusals.push_back({evil, evil, evil, evil});
  topology.plan.differences.push_back({evil, evil, evil, evil});
  PrimaryChangeRecord change;
  change.type = change.result = change.change.from = change.change.to = evil;
  topology.primary_changes.push_back(change);
  topology.conditions.push_back({evil, Condition::Status::kTrue, evil, evil, std::nullopt});
  DaemonSnapshot snapshot = daemon_snapshot({topology});
  snapshot.source.where = snapshot.source.author = snapshot.source.error = evil;
  snapshot.source.errors = {evil};
  snapshot.source.revision = evil;
  snapshot.released = {evil};
  publish(snapshot);
  must_start();
  const std::string html = http_get(port(), "/").body;
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)"));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_TRUE(json::accept(http_get(port(), "/api/v1/topologies").body));
  EXPECT_THAT(http_get(port(), "/api/v1/topologies/%3Cscript%3E%0d%0aX:y").headers,
              Not(::testing::Contains(::testing::Key("x"))));
}

// --- The hook.

std::string hmac(const std::string& secret, const std::string& body) {
  std::array<unsigned char, 32> bytes{};
  unsigned int size = bytes.size();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), bytes.data(), &size);
  std::string text;
  std::array<char, 3> hex{};
  for (const unsigned char byte : bytes) {
    std::snprintf(hex.data(), hex.size(), "%02x", byte);
    text += hex.data();
  }
  return text;
}

HttpAsk poke(const std::map<std::string, std::string>& headers, std::string body = "{\"ref\":1}") {
  HttpAsk ask;
  ask.method = "POST";
  ask.path = "/hooks/git";
  ask.headers = headers;
  ask.body = std::move(body);
  return ask;
}

class HookTest : public HttpTest {
 protected:
  HookTest() {
    ::setenv("GTIDOPS_TEST_HOOK", "s3cret", 1);
    options_.hook_secret.kind = SecretRef::Kind::kEnv;
    options_.hook_secret.name = "GTIDOPS_TEST_HOOK";
  }
};

TEST_F(HookTest, TakesTheSignaturesOfTheForges) {
  must_start();
  const std::string right = hmac("s3cret", "{\"ref\":1}");
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"X-Hub-Signature-256", "sha256=" + right},
                                          {"X-Gitea-Signature", right},
                                          {"X-Forgejo-Signature", right},
                                          {"X-Gitlab-Token", "s3cret"}})
    EXPECT_EQ(http(port(), poke({{name, value}})).status, 202) << name;
  EXPECT_EQ(pulls_, 4);
  // As GitHub sends it unless told otherwise, and longer than the library takes of a form.
  const std::string form = "payload=" + std::string(50'000, 'x');
  EXPECT_EQ(http(port(), poke({{"X-Hub-Signature-256", "sha256=" + hmac("s3cret", form)},
                               {"Content-Type", "application/x-www-form-urlencoded"}},
                              form))
                .status,
            202);
}

TEST_F(HookTest, RefusesWhatIsNotSignedOrSignedWrong) {
  must_start();
  EXPECT_EQ(http(port(), poke({})).status, 401);
  const std::string other = hmac("s3cret", "another body");
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"X-Hub-Signature-256", "sha256=" + other},
                                          {"X-Hub-Signature-256 ", "sha256="},
                                          {"X-Gitea-Signature", other},
                                          {"X-Gitlab-Token", "s3cre"}})
    EXPECT_THAT(http(port(), poke({{name, value}})).status, ::testing::AnyOf(401, 403)) << name;
  EXPECT_EQ(http(port(), poke({{"X-Hub-Signature-256", hmac("s3cret", "{\"ref\":1}")}})).status,
            403);  // without sha256=
  EXPECT_EQ(http(port(), poke({{"Content-Encoding", "gzip"}})).status, 415);
  EXPECT_EQ(pulls_, 0);
}

TEST_F(HookTest, ABodyThatIsTooLargeIsRefused) {
  must_start();
  const std::string body((1U << 20U) + 1, 'x');
  EXPECT_EQ(http(port(), poke({{"X-Gitlab-Token", "s3cret"}}, body)).status, 413);
  EXPECT_EQ(http(port(), poke({{"X-Gitlab-Token", "s3cret"}}, body + body)).status, 413);
  const std::string most(1U << 20U, 'x');
  EXPECT_EQ(http(port(), poke({{"X-Gitlab-Token", "s3cret"}}, most)).status, 202);
  EXPECT_EQ(http_get(port(), "/-/healthy").status, 200);
}

TEST_F(HookTest, ASecretThatCannotBeReadStopsTheStart) {
  ::unsetenv("GTIDOPS_TEST_HOOK");
  const Status started = start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("/hooks/git"));
}

TEST_F(HttpTest, WithoutASecretAnybodyMayPoke) {
  must_start();
  EXPECT_EQ(http(port(), poke({})).status, 202);
  EXPECT_EQ(pulls_, 1);
}

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

// --- Rude clients.

double seconds_of(const std::function<void()>& what) {
  const auto begin = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_F(HttpTest, SlowClientsDoNotHoldUpOthers) {
  must_start();
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(std::make_unique<HttpClient>(port()));
    slow.back()->send("GET / HTTP/1.1\r\nX-Slow: ");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  for (int i = 0; i < 40; ++i) {  // each of which takes the place of a slow one
    HttpAnswer answer;
    EXPECT_LT(seconds_of([&] { answer = http_get(port(), "/-/healthy"); }), 5.0);
    EXPECT_EQ(answer.status, 200);
  }
}

TEST_F(HttpTest, ARequestThatDripsIsCutOffInTheEnd) {
  must_start();
  HttpClient slow(port());
  slow.send("GET / HTTP/1.1\r\n");
  std::atomic<bool> over{false};
  std::thread drip([&] {
    for (int i = 0; i < 40 && !over; ++i) {
      slow.send("X: y\r\n");
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  });
  double took = 0;
  took = seconds_of([&] { EXPECT_NE(slow.receive().status, 200); });
  over = true;
  drip.join();
  EXPECT_GT(took, 5.0);
  EXPECT_LT(took, 18.0);
}

TEST_F(HttpTest, HeadsWithoutEndAreRefused) {
  must_start();
  HttpClient client(port());
  client.send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 200; ++i)
    client.send("X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n");
  EXPECT_THAT(client.receive().status, ::testing::AnyOf(0, 400));
  HttpAsk longest;
  longest.path = "/" + std::string(20'000, 'x');
  EXPECT_THAT(http(port(), longest).status, ::testing::AnyOf(0, 400, 414));
  EXPECT_EQ(http_get(port(), "/-/healthy").status, 200);
}

TEST_F(HttpTest, TheBodyOfARefusedRequestIsNotTakenForAnother) {
  must_start();
  HttpClient client(port());
  HttpAsk ask;
  ask.method = "POST";
  ask.path = "/metrics";
  ask.body = "POST /hooks/git HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(client.ask(ask).status, 405);
  EXPECT_EQ(client.receive().status, 0);
  EXPECT_EQ(pulls_, 0);
}

TEST_F(HttpTest, AConnectionTakesManyRequests) {
  must_start();
  HttpClient client(port());
  HttpAsk ask;
  ask.path = "/metrics";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.ask(ask).status, 200);
}

TEST_F(HttpTest, ManyScrapesAtOnce) {
  must_start();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n)
        if (http_get(port(), n % 2 == 0 ? "/metrics" : "/").status == 200) ++good;
    });
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(good, 200);
}

// --- Starting and stopping.

TEST_F(HttpTest, TwoServersDoNotShareAPort) {
  must_start();
  HttpServer other({"127.0.0.1:" + std::to_string(port()), "", {}}, {}, metrics_);
  const Status started = other.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("in use"));
}

TEST_F(HttpTest, AddressesThatAreNoneAreToldOf) {
  for (const char* listen :
       {"", "10440", "::1:10440", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"})
    EXPECT_FALSE(HttpServer({listen, "", {}}, {}, metrics_).start()) << listen;
}

TEST_F(HttpTest, StopsAtOnceAlthoughClientsAreConnected) {
  must_start();
  HttpClient idle(port());
  idle.send("GET / HTTP/1.1\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(seconds_of([&] { server_->stop(); }), 3.0);
}

TEST_F(HttpTest, WarnsWhenItIsOpenToAll) {
  must_start();
  EXPECT_EQ(server_->warning(), "");
  HttpServer open({"0.0.0.0:0", "", {}}, {}, metrics_);
  ASSERT_TRUE(open.start());
  EXPECT_THAT(open.warning(), HasSubstr("basic_auth_users"));
}

}  // namespace
}  // namespace gtidops
