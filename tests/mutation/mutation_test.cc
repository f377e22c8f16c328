// Would anybody notice if a rule were gone? Each thing that a rule or a part of the planner does is
// left out once, and then some scenario must come out otherwise than its file says. One that none
// does is a rule without a scenario.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <map>
#include <tuple>

#include "decide/planner.h"
#include "mutation/mutants.h"
#include "scenarios/invariants.h"
#include "scenarios/scenario.h"

namespace gtidops::mutation {
namespace {

using testing::Scenario;

// As unit/scenario_test.cc judges it.
bool differs(const Scenario& scenario) {
  try {
    const auto played = testing::play(scenario);
    for (std::size_t i = 0; i < played.size(); ++i) {
      const auto& [spec, seen, intent, outcome] = played[i];
      if (outcome != scenario.chapters[i].expected ||
          !testing::broken_invariants(spec, seen, intent, make_plan(spec, seen, intent)).empty())
        return true;
    }
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

struct Scenarios {
  std::vector<Scenario> all;
  std::map<std::size_t, std::vector<const Scenario*>> passing;  // mutant -> those that come by it
  std::vector<std::string> wrong;                               // with nothing left out

  Scenarios() {
    for (const auto& file : testing::scenario_files()) all.push_back(testing::read_scenario(file));
    (void)take_passed();
    const auto files = testing::scenario_files();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (differs(all[i])) wrong.push_back(files[i].string());
      for (const std::size_t mutant : take_passed()) passing[mutant].push_back(&all[i]);
    }
  }
};

const Scenarios& scenarios() {
  static const Scenarios known;
  return known;
}

// In a process of its own: what is left out may be what kept it from a crash, or from never ending.
bool anybody_notices(std::size_t mutant) {
  constexpr unsigned kSeconds = 60;
  const auto found = scenarios().passing.find(mutant);
  if (found == scenarios().passing.end()) return false;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kSeconds);
    leave_out(mutant);
    for (const Scenario* scenario : found->second)
      if (differs(*scenario)) ::_exit(1);
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

TEST(Mutation, WithNothingLeftOutAllScenariosComeOutAsTheirFilesSay) {
  EXPECT_GT(scenarios().all.size(), 200U);
  EXPECT_EQ(scenarios().wrong, std::vector<std::string>());
}

// What makes no difference, and why.
struct Idle {
  const char* file;
  const char* text;  // what the line begins with
  bool harmless;
  const char* why;
};
constexpr Idle kIdle[] = {
    // NOLINT(modernize-avoid-c-arrays)
    {"rules_identity.cc", "draft.refuse(*server.name, rule::kUnreachable, \"it was not looked at\"",
     true, "nobody touches a server that was not seen"},
    {"rules_identity.cc", "draft.refuse(*server.name, rule, unreachable->message", true,
     "nobody touches a server that was not seen"},
    {"rules_candidate.cc", "draft.refuse(name, rule, \"it is not made the primary: ", true,
     "all servers are forbidden in the next line"},
    {"rules_role_change.cc", "draft.refuse(declared, rule::kPrimaryBehind,", true,
     "all servers are forbidden in the line before"},
};

const Idle* idle(const Mutant& mutant) {
  for (const Idle& one : kIdle)
    if (mutant.file == one.file && mutant.harmless == one.harmless &&
        mutant.text.rfind(one.text, 0) == 0)
      return &one;
  return nullptr;
}

class LeftOut : public ::testing::TestWithParam<std::size_t> {};

TEST_P(LeftOut, IsNoticedByAScenario) {
  const Mutant& mutant = all_mutants().at(GetParam());
  const auto found = scenarios().passing.find(GetParam());
  if (const Idle* one = idle(mutant)) {
    EXPECT_FALSE(anybody_notices(GetParam())) << "somebody does, so it is not so: " << one->why;
    return;
  }
  EXPECT_TRUE(anybody_notices(GetParam()))
      << "reconciler/decide/" << mutant.file << ":" << mutant.line << ": " << mutant.text
      << (mutant.harmless ? "\nforbids nothing, " : "\nis left out, ")
      << "and no scenario comes out otherwise; of those that come by: "
      << (found == scenarios().passing.end() ? 0 : found->second.size());
}

TEST(Mutation, WhatMakesNoDifferenceIsThere) {
  for (const Idle& one : kIdle) {
    std::size_t count = 0;
    for (const Mutant& mutant : all_mutants()) count += idle(mutant) == &one ? 1 : 0;
    EXPECT_EQ(count, 1U) << one.file << ": " << one.text;
  }
}

std::string name_of(const ::testing::TestParamInfo<std::size_t>& info) {
  const Mutant& mutant = all_mutants().at(info.param);
  return std::filesystem::path(mutant.file).stem().string() + "_" + std::to_string(mutant.line) +
         (mutant.harmless ? "_forbids" : "") + "_" + std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Each, LeftOut, ::testing::Range(std::size_t{0}, all_mutants().size()),
                         name_of);

}  // namespace
}  // namespace gtidops::mutation
