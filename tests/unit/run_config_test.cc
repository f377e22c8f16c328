// The configuration file of `gtidops run`: what is read, and what is refused.
#include "spec/run_config.h"

#include <gtest/gtest.h>

#include "support/text.h"

namespace gtidops {
namespace {

std::string errors_of(const std::string& text) {
  std::string lines;
  for (const SpecError& error : parse_run_config("c.yaml", text).errors)
    lines += error.to_string() + "\n";
  return lines;
}

TEST(RunConfigTest, TheExternalUrlMustBeOne) {
  const std::string head = "path: /etc/topologies\nexternalUrl: ";
  EXPECT_EQ(errors_of(head + "https://gtidops.example.com:8443/fleet\n"), "");
  EXPECT_EQ(*parse_run_config("c.yaml", head + "http://x/\n").config.external_url, "http://x/");
  for (const char* url : {"gtidops.example.com", "\"ftp://x/\"", "\"http://\"", "\"http://u:p@x/\"",
                          "\"http://x:port/\""})
    EXPECT_EQ(errors_of(head + url + "\n"),
              "c.yaml:2:14: externalUrl: is not of the form https://HOST[:PORT]/\n")
        << url;
}

TEST(RunConfigTest, TheHostOfAUrl) {
  EXPECT_EQ(host_of_url("https://gtidops.example.com:8443/fleet"), "gtidops.example.com");
  EXPECT_EQ(host_of_url("http://10.0.0.1"), "10.0.0.1");
  for (const char* url : {"", "x", "https://", "https://:80/", "https://user:pw@x/"})
    EXPECT_EQ(host_of_url(url), std::nullopt) << url;
}

TEST(RunConfigTest, ARewriteThatIsForbiddenNeedsSignatures) {
  const std::string signed_by = "\n  verify: ssh\n  allowedSigners: /etc/signers\n";
  const std::string git = "git:\n  url: https://x/y\n  allowRewrite: ";
  EXPECT_EQ(errors_of(git + "true" + signed_by), "");
  EXPECT_TRUE(*parse_run_config("c.yaml", git + "true" + signed_by).config.git->allow_rewrite);
  EXPECT_EQ(errors_of(git + "false" + signed_by), "");
  EXPECT_EQ(errors_of(git + "true\n"), "");
  EXPECT_EQ(
      errors_of(git + "false\n"),
      "c.yaml:3:17: git.allowRewrite: needs verify: without it, a branch that was rewritten is "
      "followed\n");
}

// The example that is shipped names every key, and each of them can be used as it stands there.
TEST(RunConfigTest, TheShippedExampleKnowsTheKeys) {
  const std::string text =
      testing::text_of(std::string(GTIDOPS_SOURCE_DIR) + "/deploy/systemd/gtidops.yaml");
  EXPECT_EQ(errors_of(text), "");
  for (const char* key : {"# externalUrl: ", "# allowRewrite: ", "# allowedSigners: "})
    EXPECT_NE(text.find(key), std::string::npos) << key;
}

}  // namespace
}  // namespace gtidops
