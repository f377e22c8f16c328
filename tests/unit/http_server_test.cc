// The HTTP server, for real, on a port of its own: what it answers at each path, the page for
// people, and the hook.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "outside/receiver.h"
#include "unit/support/http_fixture.h"
#include "unit/support/json_schema.h"

namespace gtidops {
namespace {

using nlohmann::json;
using testing::daemon_snapshot;
using testing::FleetBuilder;
using ::testing::HasSubstr;
using testing::hex_hmac_of;
using testing::http;
using testing::http_get;
using testing::HttpAnswer;
using testing::HttpAsk;
using testing::HttpTest;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::poke;
using testing::three;
using testing::topology_snapshot;

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
  topology.history.passes.push_back({topology.last_pass,
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
  topology.history.primary_changes.push_back(change);
  DaemonSnapshot daemon = daemon_snapshot({topology, topology_snapshot(three("billing"))});
  daemon.source.seen_revision = "a3c65c2974270fd093ee8a9bf8ae7d0b24f1eb30";
  daemon.source.spec_valid = false;
  daemon.source.errors = {"fleet/orders.yaml:7:12: spec.primary: there is no server db9"};
  daemon.released = {"stock"};
  publish(daemon);
  must_start();
  const HttpAnswer all = http_get(port(), "/api/v1/topologies");
  const json source = json::parse(all.body)["source"];
  EXPECT_EQ(source["revision"], daemon.source.revision);
  EXPECT_EQ(source["author"], "Ana <ana@example.com>");
  EXPECT_EQ(source["seen_revision"], daemon.source.seen_revision);
  EXPECT_EQ(source["spec_valid"], false);
  EXPECT_EQ(source["errors"][0], daemon.source.errors[0]);
  EXPECT_EQ(source["error"], nullptr);
  EXPECT_EQ(json::parse(all.body)["released"], json::array({"stock"}));
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

TEST_F(HttpTest, LargeAnswersArePackedForThoseWhoTakeThatAndOnlyForThem) {
  must_start();
  HttpAsk ask;
  ask.path = "/metrics";
  const HttpAnswer plain = http(port(), ask);
  EXPECT_EQ(plain.headers.count("content-encoding"), 0U);
  ask.headers = {{"Accept-Encoding", "deflate, gzip"}};
  const HttpAnswer packed = http(port(), ask);
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
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
  topology.history.passes.push_back({topology.last_pass, 1, evil, evil, evil, {evil}, evil});
  topology.plan.refusals.push_back({evil, evil, evil, evil});
  topology.plan.differences.push_back({evil, evil, evil, evil});
  PrimaryChangeRecord change;
  change.type = change.result = change.change.from = change.change.to = evil;
  topology.history.primary_changes.push_back(change);
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
  const std::string right = hex_hmac_of("s3cret", "{\"ref\":1}");
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"X-Hub-Signature-256", "sha256=" + right},
                                          {"X-Gitea-Signature", right},
                                          {"X-Forgejo-Signature", right},
                                          {"X-Gitlab-Token", "s3cret"}})
    EXPECT_EQ(http(port(), poke({{name, value}})).status, 202) << name;
  EXPECT_EQ(pulls_, 4);
  // As GitHub sends it unless told otherwise, and longer than the library takes of a form.
  const std::string form = "payload=" + std::string(50'000, 'x');
  EXPECT_EQ(http(port(), poke({{"X-Hub-Signature-256", "sha256=" + hex_hmac_of("s3cret", form)},
                               {"Content-Type", "application/x-www-form-urlencoded"}},
                              form))
                .status,
            202);
}

TEST_F(HookTest, RefusesWhatIsNotSignedOrSignedWrong) {
  must_start();
  EXPECT_EQ(http(port(), poke({})).status, 401);
  const std::string other = hex_hmac_of("s3cret", "another body");
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"X-Hub-Signature-256", "sha256=" + other},
                                          {"X-Hub-Signature-256 ", "sha256="},
                                          {"X-Gitea-Signature", other},
                                          {"X-Gitlab-Token", "s3cre"}})
    EXPECT_THAT(http(port(), poke({{name, value}})).status, ::testing::AnyOf(400, 401, 403))
        << name;
  EXPECT_EQ(
      http(port(), poke({{"X-Hub-Signature-256", hex_hmac_of("s3cret", "{\"ref\":1}")}})).status,
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

}  // namespace
}  // namespace gtidops
