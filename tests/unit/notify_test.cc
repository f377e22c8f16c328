// Webhooks and hooks: what a receiver gets, and that a bad one holds up nobody.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "notify/exec_hook.h"
#include "notify/message.h"
#include "notify/webhook.h"
#include "outside/receiver.h"
#include "sandbox/listener.h"
#include "support/text.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using testing::Receiver;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

bool eventually(const std::function<bool()>& holds) {
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

Notice notice(const std::string& message, const std::string& condition = "Ready") {
  Notice made;
  made.topology = "orders";
  made.condition = condition;
  made.status = "False";
  made.previous = "True";
  made.reason = "ServerUnreachable";
  made.message = message;
  made.since = parse_moment("2026-11-22T15:00:00Z");
  made.revision = "0123456789abcdef0123456789abcdef01234567";
  made.severity = Notice::Severity::kCritical;
  return made;
}

// Has it got so many?
bool has(Receiver& receiver, std::size_t count) {
  return eventually([&] { return receiver.got().size() >= count; });
}

class NotifyTest : public ::testing::Test {
 protected:
  NotifyTest() {
    std::string pattern = ::testing::TempDir() + "gtidops-notify-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~NotifyTest() override { fs::remove_all(folder); }
  std::function<void(const std::string&)> log() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      logged += line + "\n";
    };
  }
  std::string log_text() {
    const std::lock_guard lock(mutex);
    return logged;
  }
  SecretRef file(const std::string& name, const std::string& text) const {
    std::ofstream(folder + "/" + name) << text;
    SecretRef secret;
    secret.kind = SecretRef::Kind::kFile;
    secret.name = folder + "/" + name;
    return secret;
  }
  std::string content(const std::string& name) const {
    return testing::text_of(folder + "/" + name);
  }
  static WebhookOptions to(const std::string& url) {
    WebhookOptions options;
    options.url = url;
    options.first_pause = Millis{5};
    options.timeout = Millis{5'000};
    options.max_per_minute = 1'000;
    return options;
  }

  std::string folder, logged;
  std::mutex mutex;
};

TEST_F(NotifyTest, PostsJsonSigned) {
  Receiver receiver;
  WebhookOptions options = to("");
  options.url_from = file("url", receiver.url() + "\n");
  options.secret = file("key", "key\n");
  options.conditions = {"Ready", "Healthy"};
  Webhook webhook(options, log());
  webhook.tell(notice("not wanted", "Synced"));
  webhook.tell(RevisionEvent{"orders", "abc", RevisionEvent::State::kSuccess, ""});
  webhook.tell(notice("db2 is \"gone\" \xff"));
  ASSERT_TRUE(has(receiver, 1));
  const auto got = receiver.got();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].path, "/S3cretPath");
  EXPECT_EQ(got[0].type, "application/json");
  EXPECT_EQ(got[0].signature, notify::signature("key", got[0].body));
  const Json body = Json::parse(got[0].body);
  EXPECT_EQ(body["format_version"], "1.0");
  EXPECT_EQ(body["kind"], "condition");
  EXPECT_EQ(body["topology"], "orders");
  EXPECT_EQ(body["condition"], "Ready");
  EXPECT_EQ(body["status"], "False");
  EXPECT_EQ(body["previous_status"], "True");
  EXPECT_EQ(body["severity"], "critical");
  EXPECT_EQ(body["since"], "2026-11-22T15:00:00.000Z");
  EXPECT_EQ(body["revision"], "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(body["message"], "db2 is \"gone\" \xEF\xBF\xBD");
  EXPECT_EQ(log_text(), "");
}

TEST_F(NotifyTest, Slack) {
  Receiver receiver;
  WebhookOptions options = to(receiver.url());
  options.slack = true;
  Webhook webhook(options, log());
  webhook.tell(notice("a < b & c"));
  ASSERT_TRUE(has(receiver, 1));
  EXPECT_EQ(Json::parse(receiver.got()[0].body),
            Json({{"text",
                   "*orders*: Ready is False (was True), ServerUnreachable: a &lt; b &amp; c "
                   "[0123456789ab]"}}));
  EXPECT_EQ(receiver.got()[0].signature, "");
}

// RFC 4231, test case 2.
TEST_F(NotifyTest, SignatureIsHmacSha256) {
  EXPECT_EQ(notify::signature("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_F(NotifyTest, TriesAgainWhenItMayHelp) {
  Receiver receiver;
  receiver.fail(2, 503);
  Webhook webhook(to(receiver.url()), log());
  webhook.tell(notice("one"));
  ASSERT_TRUE(has(receiver, 3));
  EXPECT_EQ(receiver.got()[2].body, receiver.got()[0].body);
  receiver.fail(1, 404);
  webhook.tell(notice("two"));
  EXPECT_TRUE(eventually([&] { return !log_text().empty(); }));
  EXPECT_EQ(receiver.got().size(), 4U);
  EXPECT_EQ(log_text(), "webhook: 1 notice could not be delivered: it answers 404\n");
  receiver.fail(4, 429);
  webhook.tell(notice("three"));
  EXPECT_TRUE(eventually([&] { return log_text().find("429") != std::string::npos; }));
  EXPECT_EQ(receiver.got().size(), 8U);
}

TEST_F(NotifyTest, WhatIsHeldBackIsSummedUp) {
  Receiver receiver;
  WebhookOptions options = to(receiver.url());
  options.max_per_minute = 2;
  options.limits.window = Millis{700};
  options.limits.waiting = 5;
  Webhook webhook(options, log());
  for (int i = 0; i < 2; ++i) {
    webhook.tell(notice(std::to_string(i)));
    ASSERT_TRUE(has(receiver, static_cast<std::size_t>(i) + 1));
  }
  const auto since = Clock::now();
  for (int i = 2; i < 10; ++i) webhook.tell(notice(std::to_string(i)));
  EXPECT_LT(Clock::now() - since, std::chrono::milliseconds(200));
  EXPECT_EQ(receiver.got().size(), 2U);
  ASSERT_TRUE(has(receiver, 3));
  const Json body = Json::parse(receiver.got()[2].body);
  EXPECT_EQ(body["kind"], "summary");
  EXPECT_EQ(body["count"], 5);
  EXPECT_EQ(body["dropped"], 3);
  EXPECT_EQ(body["notices"][0]["message"], "5");
  EXPECT_EQ(body["notices"][4]["message"], "9");
  EXPECT_EQ(webhook.dropped(), 3U);
  EXPECT_NE(log_text().find("3 notices were dropped"), std::string::npos);
}

TEST_F(NotifyTest, SlackSummaryIsShort) {
  std::vector<Notice> many(30, notice("x"));
  const std::string text = Json::parse(notify::slack_body(many, 7))["text"];
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_EQ(text.rfind("17 earlier changes, and then:\n*orders*", 0), 0U) << text;
}

TEST_F(NotifyTest, AHangingReceiverHoldsUpNobody) {
  const sandbox::Listener silent(sandbox::Listener::Speaks::Nothing);
  WebhookOptions options = to("http://" + silent.address() + "/S3cretPath");
  options.limits.waiting = 10;
  options.timeout = Millis{60'000};
  const auto since = Clock::now();
  {
    Webhook webhook(options, log());
    webhook.tell(notice("first"));
    EXPECT_TRUE(eventually([&] { return silent.connections() == 1; }));
    const auto telling = Clock::now();
    for (int i = 0; i < 1'000; ++i) webhook.tell(notice("more"));
    EXPECT_LT(Clock::now() - telling, std::chrono::seconds(1));
    EXPECT_EQ(webhook.dropped(), 990U);
  }
  // Nor does it hold up the end.
  EXPECT_LT(Clock::now() - since, std::chrono::seconds(10));
}

TEST_F(NotifyTest, TheLogHoldsNoUrl) {
  WebhookOptions options =
      to("http://127.0.0.1:" + std::to_string(sandbox::closed_port()) + "/S3cretPath");
  Webhook away(options, log());
  options.url = "S3cret://S3cretHost/S3cretPath";
  Webhook odd(options, log());
  options.url_from = file("url", "x");
  fs::remove(options.url_from.name);
  Webhook missing(options, log());
  for (Webhook* webhook : {&away, &odd, &missing}) webhook->tell(notice("x"));
  EXPECT_TRUE(eventually([&] {
    const std::string text = log_text();
    return std::count(text.begin(), text.end(), '\n') == 3;
  })) << log_text();
  EXPECT_EQ(log_text().find("S3cret"), std::string::npos) << log_text();
}

TEST_F(NotifyTest, AHookGetsJson) {
  ExecHookOptions options;
  options.command = {"/bin/sh", "-c", "cat >>\"$1\"", "hook", folder + "/out"};
  options.conditions = {"Ready"};
  ExecHook hook(options, log());
  hook.tell(RevisionEvent{"orders", "abc", RevisionEvent::State::kPending, "2 steps"});
  hook.tell(RevisionEvent{"orders", "abc", RevisionEvent::State::kSuccess, "all \"done\"; $(x)"});
  hook.tell(RevisionEvent{"", "def", RevisionEvent::State::kFailure, "orders.yaml:8: no"});
  hook.tell(notice("not wanted", "Synced"));
  hook.tell(notice("wanted"));
  EXPECT_TRUE(eventually([&] { return content("out").find("wanted") != std::string::npos; }));
  std::istringstream lines(content("out"));
  std::vector<Json> got;
  for (std::string line; std::getline(lines, line);) got.push_back(Json::parse(line));
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[0]["event"], "revision_pending");
  EXPECT_EQ(got[0]["state"], "pending");
  EXPECT_EQ(got[1], Json({{"event", "revision_applied"},
                          {"revision", "abc"},
                          {"topology", "orders"},
                          {"state", "success"},
                          {"description", "all \"done\"; $(x)"}}));
  EXPECT_EQ(got[2]["event"], "revision_failed");
  EXPECT_EQ(got[2]["state"], "failure");
  EXPECT_EQ(got[2]["topology"], Json()) << "the commit as a whole is not valid";
  EXPECT_EQ(got[3]["condition"], "Ready");
  EXPECT_EQ(log_text(), "");
}

TEST_F(NotifyTest, AHookThatFailsOrHangs) {
  const auto run = [&](const std::string& script) {
    ExecHookOptions options;
    options.command = {"/bin/sh", "-c", script};
    options.timeout = Millis{300};
    ExecHook hook(options, log());
    logged.clear();
    hook.tell(RevisionEvent{"orders", "abc", RevisionEvent::State::kSuccess, ""});
    EXPECT_TRUE(eventually([&] { return !log_text().empty(); }));
    return log_text();
  };
  EXPECT_EQ(run("echo one >&2; echo two >&2; exit 3"), "hook: the command ended with 3: two\n");
  EXPECT_EQ(run("kill -9 $$"), "hook: the command ended with 137\n");
  // What it has started is killed with it.
  const std::string pid_file = folder + "/pid";
  EXPECT_EQ(run("sleep 1000 & echo $! >" + pid_file + "; wait"),
            "hook: /bin/sh did not end in time\n");
  const pid_t pid = std::stoi(content("pid"));
  EXPECT_TRUE(eventually([&] {
    std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(status)), {});
    return text.empty() || text.find(") Z ") != std::string::npos;
  }));
  ExecHookOptions none;
  none.command = {folder + "/no-such-command"};
  ExecHook hook(none, log());
  hook.tell(RevisionEvent{"orders", "abc", RevisionEvent::State::kSuccess, ""});
  EXPECT_TRUE(
      eventually([&] { return log_text().find("cannot be started") != std::string::npos; }));
}

TEST_F(NotifyTest, ALongHookDoesNotHoldUpTheEnd) {
  ExecHookOptions options;
  options.command = {"/bin/sh", "-c", "echo >" + folder + "/started; sleep 1000"};
  const auto since = Clock::now();
  {
    ExecHook hook(options, log());
    hook.tell(RevisionEvent{"orders", "abc", RevisionEvent::State::kSuccess, ""});
    EXPECT_TRUE(eventually([&] { return fs::exists(folder + "/started"); }));
  }
  EXPECT_LT(Clock::now() - since, std::chrono::seconds(5));
}

}  // namespace
}  // namespace gtidops
