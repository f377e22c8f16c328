// The part of the loop that says what is declared: the newest revision that is valid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "loop/source_loop.h"
#include "unit/support/manual_clock.h"

namespace gtidops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// --- SourceLoop.

// What the repository holds, as a test says it.
class FakeSource : public SpecSource {
 public:
  tl::expected<Sourced, SourceError> pull(Millis) override {
    if (error) return tl::unexpected(*error);
    return now;
  }
  Status accept(const SourceRevision& revision) override {
    accepted.push_back(revision.commit);
    return {};
  }
  std::optional<Sourced> last_good() override { return good; }

  Sourced now;
  std::optional<SourceError> error;
  std::optional<Sourced> good;
  std::vector<std::string> accepted;
};

class KeptNews : public Notifier {
 public:
  void tell(const Notice&) override {}
  void tell(const RevisionEvent& event) override { events.push_back(event); }
  std::vector<RevisionEvent> events;
};

constexpr const char* kOrders = R"(apiVersion: gtidops/v1alpha1
kind: Topology
metadata: {name: orders}
spec:
  primary: db1
  servers:
    - {name: db1, address: "10.0.0.1:3306"}
)";

class Source : public ::testing::Test {
 protected:
  Source() { commit("aaaa", {{"orders.yaml", kOrders}}); }
  void commit(const std::string& hash, std::vector<SourceFile> files) {
    fake_->now = {{hash, "A <a@x>", "a change", {}, ""}, std::move(files), false};
  }
  std::optional<Specs> pull() { return loop_.pull(Millis{1'000}); }

  ManualClock clock_;
  Metrics metrics_;
  std::vector<std::string> log_;
  std::string page_when_said_;  // the metrics, when the last line was logged
  KeptNews notifier_;
  FakeSource* fake_ = new FakeSource;
  SourceLoop loop_{std::unique_ptr<SpecSource>(fake_),
                   "https://example/x.git",
                   true,
                   clock_,
                   metrics_,
                   [this](LogLevel, const std::string& line) {
                     log_.push_back(line);
                     page_when_said_ = metrics_.scrape({});
                   },
                   {},
                   &notifier_};
};

TEST_F(Source, GivesWhatIsDeclaredOnceForEachRevision) {
  const auto specs = pull();
  ASSERT_TRUE(specs);
  ASSERT_EQ(specs->size(), 1U);
  EXPECT_EQ(specs->front()->revision, "aaaa");
  EXPECT_EQ(specs->front()->file, "orders.yaml");
  EXPECT_FALSE(pull());
  EXPECT_THAT(fake_->accepted, ElementsAre("aaaa"));
  EXPECT_EQ(loop_.snapshot().revision, "aaaa");
  EXPECT_TRUE(loop_.snapshot().spec_valid);
}

TEST_F(Source, ARevisionThatIsNotValidChangesNothingAndSaysWhere) {
  pull();
  commit("bbbb", {{"orders.yaml", std::string(kOrders) + "  primry: db2\n"}});
  EXPECT_FALSE(pull());
  const SourceSnapshot state = loop_.snapshot();
  EXPECT_FALSE(state.spec_valid);
  EXPECT_EQ(state.revision, "aaaa");
  EXPECT_EQ(state.seen_revision, "bbbb");
  ASSERT_EQ(state.errors.size(), 1U);
  EXPECT_THAT(state.errors.front(), HasSubstr("orders.yaml:8:"));
  EXPECT_THAT(log_.back(), HasSubstr("commit bbbb by A <a@x>"));
  EXPECT_THAT(fake_->accepted, ElementsAre("aaaa"));
  const std::size_t lines = log_.size();
  EXPECT_FALSE(pull());
  EXPECT_EQ(log_.size(), lines) << "it is said once";
  commit("cccc", {{"orders.yaml", kOrders}});
  EXPECT_TRUE(pull());
  EXPECT_TRUE(loop_.snapshot().spec_valid);
  EXPECT_TRUE(loop_.snapshot().errors.empty());
}

TEST_F(Source, ACommitThatIsNotValidIsToldToTheNotifierOnce) {
  commit("bbbb", {{"orders.yaml", std::string(kOrders) + "  primry: db2\n"}});
  pull();
  pull();
  ASSERT_EQ(notifier_.events.size(), 1U);
  const RevisionEvent& event = notifier_.events.front();
  EXPECT_EQ(event.revision, "bbbb");
  EXPECT_EQ(event.topology, "");
  EXPECT_EQ(event.state, RevisionEvent::State::kFailure);
  EXPECT_THAT(event.description, HasSubstr("orders.yaml:8:"));
  commit("cccc", {{"orders.yaml", kOrders}});
  pull();
  EXPECT_EQ(notifier_.events.size(), 1U) << "of a valid one the passes tell";
}

TEST_F(Source, WhatCannotBeReachedChangesNothing) {
  pull();
  fake_->error = SourceError{SourceError::Reason::kUnreachable, "no route", {}};
  EXPECT_FALSE(pull());
  EXPECT_EQ(loop_.snapshot().error, "no route");
  EXPECT_EQ(loop_.snapshot().revision, "aaaa");
  const std::size_t lines = log_.size();
  pull();
  EXPECT_EQ(log_.size(), lines) << "it is said once";
  fake_->error.reset();
  EXPECT_FALSE(pull());
  EXPECT_TRUE(loop_.snapshot().error.empty());
  EXPECT_THAT(log_.back(), HasSubstr("can be read again"));
}

TEST_F(Source, TheLastGoodRevisionIsNamedOnlyWhenThereIsOne) {
  fake_->error = SourceError{SourceError::Reason::kUnreachable, "no route", {}};
  pull();
  EXPECT_EQ(log_.back(), "there is no good revision yet, so nothing is done: no route");
  fake_->error.reset();
  commit("aaaa", {{"orders.yaml", "x"}});
  pull();
  EXPECT_THAT(log_.back(),
              HasSubstr("not valid, and there is no good revision yet: orders.yaml:1"));
  commit("bbbb", {{"orders.yaml", kOrders}});
  ASSERT_TRUE(pull());
  fake_->error = SourceError{SourceError::Reason::kUnreachable, "no route", {}};
  pull();
  EXPECT_EQ(log_.back(), "the last good revision stays in force: no route");
}

TEST_F(Source, OnlyTheTopologyThatWasAskedForIsGiven) {
  std::string other = kOrders;
  other.replace(other.find("name: orders"), 12, "name: sales");
  other.replace(other.find("10.0.0.1"), 8, "10.0.0.9");
  auto* const fake = new FakeSource;
  SourceLoop loop(
      std::unique_ptr<SpecSource>(fake), "folder", false, clock_, metrics_,
      [this](LogLevel, const std::string& line) { log_.push_back(line); }, "sales");
  fake->now.files = {{"orders.yaml", kOrders}, {"sales.yaml", other}};
  fake->good = fake->now;
  const auto specs = loop.last_good();
  ASSERT_TRUE(specs);
  ASSERT_EQ(specs->size(), 1U);
  EXPECT_EQ(*specs->front()->name, "sales");
  fake->now.revision.commit = "cccc";
  fake->now.files.pop_back();
  const auto none = loop.pull(Millis{1'000});
  EXPECT_TRUE(none && none->empty());
  EXPECT_THAT(log_.back(), HasSubstr("there is no topology sales in commit cccc"));
}

// Whoever sees it counted finds what is said of it, in the log and in the API.
TEST_F(Source, AFetchIsCountedAfterItIsSaid) {
  pull();
  fake_->error = SourceError{SourceError::Reason::kUnreachable, "no route", {}};
  pull();
  EXPECT_THAT(log_.back(), HasSubstr("no route"));
  EXPECT_THAT(page_when_said_, Not(HasSubstr("fetches_total{result=\"failure\"} 1")));
  EXPECT_THAT(metrics_.scrape({}), HasSubstr("fetches_total{result=\"failure\"} 1"));
  fake_->error.reset();
  pull();
  EXPECT_THAT(log_.back(), HasSubstr("can be read again"));
  EXPECT_THAT(page_when_said_, HasSubstr("fetches_total{result=\"success\"} 1"));
  EXPECT_THAT(metrics_.scrape({}), HasSubstr("fetches_total{result=\"success\"} 2"));
}

TEST_F(Source, ASignatureThatIsNotRightIsRejectedAndCounted) {
  pull();
  fake_->error = SourceError{SourceError::Reason::kSignature, "not signed",
                             SourceRevision{"bbbb", "M <m@x>", "evil", {}, ""}};
  EXPECT_FALSE(pull());
  EXPECT_TRUE(loop_.snapshot().signature_rejected);
  EXPECT_EQ(loop_.snapshot().revision, "aaaa");
  EXPECT_EQ(loop_.snapshot().seen_revision, "bbbb");
  EXPECT_THAT(metrics_.scrape({}), HasSubstr("gtidops_git_verification_failures_total 1"));
}

TEST_F(Source, AfterARestartTheLastGoodRevisionIsInForceWithoutTheRemote) {
  fake_->good = fake_->now;
  fake_->error = SourceError{SourceError::Reason::kTimeout, "no answer", {}};
  const auto specs = loop_.last_good();
  ASSERT_TRUE(specs);
  EXPECT_EQ(specs->front()->revision, "aaaa");
  EXPECT_FALSE(pull());
  EXPECT_EQ(loop_.snapshot().revision, "aaaa");
  fake_->error.reset();
  EXPECT_FALSE(pull()) << "it is what is in force";
}

TEST_F(Source, TwoTopologiesWithOneServerAreNotValid) {
  std::string other = kOrders;
  other.replace(other.find("name: orders"), 12, "name: sales");
  commit("bbbb", {{"orders.yaml", kOrders}, {"sales.yaml", other}});
  EXPECT_FALSE(pull());
  ASSERT_EQ(loop_.snapshot().errors.size(), 1U);
  EXPECT_THAT(loop_.snapshot().errors.front(),
              HasSubstr("is a server of the topology \"orders\" (orders.yaml) already"));
}

}  // namespace
}  // namespace gtidops
