// Every scenario of tests/scenarios: what is declared and seen must give the plan that stands in
// the file. After a change that is meant, GTIDOPS_REWRITE=1 writes what comes out now; then the
// difference is read by a person, line by line.
#include "scenarios/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "decide/planner.h"
#include "scenarios/invariants.h"

namespace gtidops::testing {
namespace {

class ScenarioTest : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(ScenarioTest, GivesThePlanInTheFile) {
  const Scenario scenario = read_scenario(GetParam());
  const std::vector<Played> played = play(scenario);
  if (std::getenv("GTIDOPS_REWRITE") != nullptr) {
    rewrite(GetParam(), scenario, played);
    return;
  }
  for (std::size_t i = 0; i < played.size(); ++i) {
    const auto& [spec, seen, intent, outcome] = played[i];
    EXPECT_EQ(scenario.chapters[i].expected, outcome) << "chapter " << i + 1;
    EXPECT_THAT(broken_invariants(spec, seen, intent, make_plan(spec, seen, intent)),
                ::testing::IsEmpty())
        << "chapter " << i + 1;
  }
}

std::string name_of_file(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  std::filesystem::path file = info.param.lexically_relative(GTIDOPS_SOURCE_DIR "/tests/scenarios");
  std::string name = file.replace_extension().string();
  for (char& c : name)
    if (c == '-' || c == '/') c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, ::testing::ValuesIn(scenario_files()), name_of_file);

}  // namespace
}  // namespace gtidops::testing
