// gtidops run and those outside: who may commit, who may poke it, who is told, and what Prometheus
// makes of a refused commit and of nobody who has the lease.
#include <fstream>

#include "e2e/support/prometheus.h"
#include "e2e/support/run_fixture.h"
#include "git_world/ssh_signers.h"
#include "outside/receiver.h"

namespace gtidops::testing {
namespace {

constexpr const char* kSecret = "s3cret-of-the-hook";

class RunOutside : public Run {
 protected:
  // From a configuration file, as the unit of systemd does it.
  void start_configured(const std::string& more) {
    const std::filesystem::path file = folder / "gtidops.yaml";
    std::ofstream(file) << "git: {url: \"" << repository.remote()
                        << "\", path: fleet, interval: 1h, verify: ssh, allowedSigners: \""
                        << signers.file() << "\"}\nlisten: \"127.0.0.1:0\"\nstateDir: \""
                        << (folder / "state").string() << "\"\n"
                        << more;
    daemon = std::make_unique<DaemonProcess>(folder,
                                             std::vector<std::string>{"--config", file.string()});
  }
  std::string in_file(const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return "{file: \"" + (folder / name).string() + "\"}";
  }
  int poke(const std::string& secret) {
    const std::string body = R"({"ref":"refs/heads/main"})";
    return http_post(daemon->port(), "/hooks/git", body,
                     {{"X-Hub-Signature-256", "sha256=" + hex_hmac_of(secret, body)}})
        .status;
  }
  void await_alert(const std::string& alert, bool fires) {
    const double seconds = await(alert + (fires ? " fires" : " is over"),
                                 [&] { return (prometheus->firing().count(alert) > 0) == fires; });
    std::printf("%s %s after %.1f s\n", alert.c_str(), fires ? "fires" : "is over", seconds);
  }
  std::string in_force() { return daemon->topology()["revision"].get<std::string>(); }

  SshSigners signers{repository};
  std::unique_ptr<Prometheus> prometheus;
};

// What one receiver was told of the condition Ready: "False", "True", each once.
std::vector<std::string> told(const std::vector<Receiver::Got>& got, const std::string& secret) {
  std::vector<std::string> statuses;
  for (const Receiver::Got& one : got) {
    EXPECT_EQ(one.signature, "sha256=" + hex_hmac_of(secret, one.body));
    const nlohmann::json said = nlohmann::json::parse(one.body, nullptr, false);
    EXPECT_EQ(said.value("topology", ""), "shop") << one.body;
    if (said.value("condition", "") == "Ready") statuses.push_back(said.value("status", ""));
  }
  return statuses;
}

TEST_F(RunOutside, OnlyWhoMaySignsPokesAndIsTold) {
  signers.make_key("ada");
  signers.allow("ada@example.com", "ada");
  signers.sign_as("ada");
  repository.git({"config", "commit.gpgsign", "true"});
  Receiver webhook;
  Receiver slack;
  slack.fail(1'000, 404);  // whom nobody can tell anything
  const std::string commit = declare();
  start_configured("hookSecretFrom: " + in_file("hook", kSecret) +
                   "\nnotifications:\n  - {type: slack, url: \"" + slack.url() +
                   "\"}\n  - {type: webhook, url: \"" + webhook.url() +
                   "\", conditions: [Ready], secretFrom: " + in_file("webhook", "another") + "}\n");
  await(
      "it is as declared", [&] { return converged(commit); }, 60);
  prometheus = std::make_unique<Prometheus>(folder / "prometheus", daemon->port());

  // A commit that nobody signed is not taken over, and said; the last one goes on being enforced.
  repository.git({"config", "commit.gpgsign", "false"});
  servers.set_options(", SOURCE_RETRY_COUNT: 44");
  const std::string unsigned_one = declare();
  EXPECT_EQ(http_post(daemon->port(), "/hooks/git", "{}").status, 401);
  EXPECT_EQ(poke("a guess"), 403);
  EXPECT_EQ(daemon->metric("gtidops_git_verification_failures_total"), 0) << "it was poked";
  EXPECT_EQ(poke(kSecret), 202);
  await_alert("GtidopsSignatureRejected", true);
  EXPECT_TRUE(daemon->logged("is not signed"));
  make_writable("db2");
  await("drift is healed", [&] { return !is_writable("db2"); });
  EXPECT_EQ(in_force(), commit);
  const nlohmann::json source = http_get(daemon->port(), "/api/v1/topologies").json()["source"];
  EXPECT_EQ(source["signature_rejected"], true) << source;
  EXPECT_EQ(source["seen_revision"], unsigned_one);
  EXPECT_NE(servers.replica_status("db2", "c.CONNECTION_RETRY_COUNT"), "44");

  // A good one: within two seconds of the poke, and the alert ends.
  repository.git({"config", "commit.gpgsign", "true"});
  servers.set_options(", SOURCE_RETRY_COUNT: 55");
  const std::string good = declare();
  EXPECT_EQ(poke(kSecret), 202);
  const double seconds = await("the good one is in force", [&] { return converged(good); });
  std::printf("in force after %.2f s\n", seconds);
  EXPECT_EQ(servers.replica_status("db2", "c.CONNECTION_RETRY_COUNT"), "55");
  await_alert("GtidopsSignatureRejected", false);

  // Who can be told is told of each change once, whatever becomes of the other.
  server("db3").kill();
  const auto last_told = [&] {
    const std::vector<std::string> all = told(webhook.got(), "another");
    return all.empty() ? std::string() : all.back();
  };
  await("the webhook was told", [&] { return last_told() == "False"; });
  server("db3").start();
  await(
      "it is well again", [&] { return converged(good); }, 60);
  await("the webhook was told", [&] { return last_told() == "True"; });
  const std::vector<std::string> all = told(webhook.got(), "another");
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "told of no change";
  ASSERT_FALSE(slack.got().empty());
  EXPECT_EQ(slack.got().front().body.find(R"({"text":"*shop*: )"), 0U);
  await("it is said", [&] { return daemon->logged("404"); });
  EXPECT_FALSE(daemon->logged("S3cretPath")) << "the path of a webhook is a secret";
}

TEST_F(RunOutside, NobodyWhoHasTheLeaseIsAnAlert) {
  start_converged(declare());
  const auto first = std::move(daemon);
  start();
  await("the second one looks", [&] { return daemon->condition("Ready") != ""; });
  // As Prometheus sees it: the one who has the lease is not scraped.
  prometheus = std::make_unique<Prometheus>(folder / "prometheus", daemon->port());
  await_alert("GtidopsNoLeader shop", true);
  first->kill9();
  await_alert("GtidopsNoLeader shop", false);
  EXPECT_EQ(daemon->metric("gtidops_leader"), 1);
}

}  // namespace
}  // namespace gtidops::testing
