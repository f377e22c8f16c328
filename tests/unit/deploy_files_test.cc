// The files of deploy/ that other programs read: YAML that can be read, and says what it should.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/text.h"

namespace {

std::string text_of(const std::string& path) {
  const std::string text =
      gtidops::testing::text_of(std::string(GTIDOPS_SOURCE_DIR) + "/deploy/" + path);
  EXPECT_NE(text, "") << path;
  return text;
}

std::set<std::string> keys_of(const YAML::Node& map) {
  std::set<std::string> keys;
  for (const auto& pair : map) EXPECT_TRUE(keys.insert(pair.first.as<std::string>()).second);
  return keys;
}

struct Manifest {
  std::string file, kind, name;
};

TEST(DeployFiles, ManifestsAreWellFormed) {
  const std::vector<Manifest> manifests{
      {"configmap.yaml", "ConfigMap", "gtidops"},
      {"deployment.yaml", "Deployment", "gtidops"},
      {"networkpolicy.yaml", "NetworkPolicy", "gtidops"},
      {"service.yaml", "Service", "gtidops"},
      {"storage.yaml", "PersistentVolumeClaim", "gtidops"},
  };
  std::set<std::string> files;
  for (const Manifest& manifest : manifests) {
    const auto documents = YAML::LoadAll(text_of("kubernetes/" + manifest.file));
    ASSERT_EQ(documents.size(), 1U) << manifest.file;
    EXPECT_TRUE(documents[0]["apiVersion"]) << manifest.file;
    EXPECT_EQ(documents[0]["kind"].as<std::string>(), manifest.kind);
    EXPECT_EQ(documents[0]["metadata"]["name"].as<std::string>(), manifest.name);
    files.insert(manifest.file);
  }
  const YAML::Node all = YAML::Load(text_of("kubernetes/kustomization.yaml"));
  std::set<std::string> named;
  for (const auto& resource : all["resources"]) named.insert(resource.as<std::string>());
  EXPECT_EQ(named, files);
}

TEST(DeployFiles, DeploymentMountsWhatItDeclaresAndRunsAsNobody) {
  const YAML::Node spec = YAML::Load(text_of("kubernetes/deployment.yaml"))["spec"];
  EXPECT_EQ(spec["replicas"].as<int>(), 1);
  EXPECT_EQ(spec["strategy"]["type"].as<std::string>(), "Recreate");
  const YAML::Node pod = spec["template"]["spec"];
  std::set<std::string> volumes, mounts;
  for (const auto& volume : pod["volumes"]) volumes.insert(volume["name"].as<std::string>());
  const YAML::Node container = pod["containers"][0];
  for (const auto& mount : container["volumeMounts"])
    mounts.insert(mount["name"].as<std::string>());
  EXPECT_EQ(volumes, mounts);
  EXPECT_TRUE(pod["securityContext"]["runAsNonRoot"].as<bool>());
  EXPECT_TRUE(container["securityContext"]["readOnlyRootFilesystem"].as<bool>());
  EXPECT_FALSE(container["securityContext"]["allowPrivilegeEscalation"].as<bool>());
  EXPECT_EQ(container["securityContext"]["capabilities"]["drop"][0].as<std::string>(), "ALL");
}

TEST(DeployFiles, ConfigMapHoldsAConfigurationThatUsesTheMounts) {
  const YAML::Node map = YAML::Load(text_of("kubernetes/configmap.yaml"));
  const YAML::Node configuration = YAML::Load(map["data"]["gtidops.yaml"].as<std::string>());
  EXPECT_EQ(configuration["stateDir"].as<std::string>(), "/var/lib/gtidops");
  EXPECT_EQ(configuration["listen"].as<std::string>(), "0.0.0.0:10440");
  EXPECT_TRUE(configuration["git"]["knownHosts"]);
}

// The example as it is, and with every commented key taken in: both can be read, and no key is
// forgotten.
TEST(DeployFiles, ExampleConfigurationHasEveryKey) {
  const std::string text = text_of("systemd/gtidops.yaml");
  EXPECT_EQ(keys_of(YAML::Load(text)), std::set<std::string>{"git"});
  const std::regex commented("^( *)# ( *(- )?[A-Za-z]+:.*)$");
  std::string all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    all += std::regex_replace(line, commented, "$1$2") + "\n";
  const YAML::Node full = YAML::Load(all);
  EXPECT_EQ(keys_of(full), (std::set<std::string>{"git", "path", "listen", "webConfigFile",
                                                  "externalUrl", "hookSecretFrom", "stateDir",
                                                  "allowDestructive", "log", "notifications"}));
  EXPECT_EQ(keys_of(full["git"]),
            (std::set<std::string>{"url", "branch", "tag", "commit", "path", "interval", "timeout",
                                   "user", "passwordFrom", "sshKey", "knownHosts", "caFile",
                                   "verify", "allowedSigners", "allowRewrite"}));
  std::set<std::string> types;
  for (const auto& notification : full["notifications"])
    types.insert(notification["type"].as<std::string>());
  EXPECT_EQ(types, (std::set<std::string>{"exec", "slack", "webhook"}));
}

// A person who is paged looks the rule up there: each one that any plan of a scenario shows.
TEST(DeployFiles, TheTableOfRefusalsHasEveryRule) {
  const std::string table = text_of("README.md");
  const std::regex finding("^(refusal|warning) [^,]+, ([a-z_-]+): ");
  std::set<std::string> rules;
  const std::string stories = std::string(GTIDOPS_SOURCE_DIR) + "/tests/scenarios";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(stories)) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream story(entry.path());
    std::smatch found;
    for (std::string line; std::getline(story, line);)
      if (std::regex_search(line, found, finding)) rules.insert(found[2]);
  }
  EXPECT_GT(rules.size(), 50U);
  for (const std::string& rule : rules)
    EXPECT_NE(table.find("`" + rule + "`"), std::string::npos) << rule;
}

}  // namespace
