// Every file of specs/invalid gives exactly the errors of its .expected file. GTIDOPS_REWRITE=1
// writes these anew: read them before you commit them.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "unit/spec_support.h"

namespace gtidops::test {
namespace {

class InvalidSpec : public ::testing::TestWithParam<std::string> {};

TEST_P(InvalidSpec, GivesTheExpectedErrors) {
  const std::string path = in_repository("specs/invalid/" + GetParam());
  const std::string expected = path.substr(0, path.size() - 5) + ".expected";
  const ParsedSpecs parsed = parse_specs(GetParam(), read_text_file(path));
  const std::string lines = lines_of(parsed.errors);
  EXPECT_NE(lines, "");
  if (std::getenv("GTIDOPS_REWRITE") != nullptr) std::ofstream(expected) << lines;
  EXPECT_EQ(lines, read_text_file(expected));
}

TEST_P(InvalidSpec, TellsNoSecret) {
  const std::string text = read_text_file(in_repository("specs/invalid/" + GetParam()));
  const std::string lines = lines_of(parse_specs(GetParam(), text).errors);
  EXPECT_EQ(lines.find("hunter"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("31337"), std::string::npos) << lines;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.size() - 5);
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, InvalidSpec,
                         ::testing::ValuesIn(yaml_files(in_repository("specs/invalid"))),
                         test_name);

TEST(InvalidSpecs, HaveNoExpectationWithoutAFile) {
  const std::string folder = in_repository("specs/invalid");
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".expected") {
      EXPECT_TRUE(std::filesystem::exists(
          entry.path().string().substr(0, entry.path().string().size() - 9) + ".yaml"))
          << entry.path();
    }
}

}  // namespace
}  // namespace gtidops::test
