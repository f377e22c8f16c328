#include "e2e/support/prometheus.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "e2e/support/http.h"
#include "e2e/support/switching.h"
#include "sandbox/listener.h"
#include "support/text.h"

namespace gtidops::testing {
namespace {

namespace fs = std::filesystem;

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the rules have changed: " << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
}

// What takes minutes there takes seconds here; everything else is as it is delivered.
std::string quick_rules() {
  std::string text =
      std::regex_replace(text_of(GTIDOPS_SOURCE_DIR "/deploy/prometheus/gtidops.rules.yml"),
                         std::regex("for: [0-9]+[smh]"), "for: 1s");
  replace(text, "gtidops_git_last_success_timestamp_seconds) > 900",
          "gtidops_git_last_success_timestamp_seconds) > 3");
  replace(text, "[1h] offset 10m", "[1m] offset 2s");
  replace(text, "verification_failures_total[15m]", "verification_failures_total[10s]");
  replace(text, "verification_failures_total offset 15m", "verification_failures_total offset 10s");
  return text;
}

std::vector<std::string> command_of(const fs::path& folder, int port, int target) {
  fs::create_directories(folder);
  std::ofstream(folder / "rules.yml") << quick_rules();
  std::ofstream(folder / "prometheus.yml")
      << "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
      << "rule_files: [rules.yml]\n"
      << "scrape_configs:\n  - job_name: gtidops\n    static_configs: [{targets: [\"127.0.0.1:"
      << target << "\"]}]\n";
  return {"prometheus", "--config.file=" + (folder / "prometheus.yml").string(),
          "--storage.tsdb.path=" + (folder / "data").string(),
          "--web.listen-address=127.0.0.1:" + std::to_string(port)};
}

}  // namespace

Prometheus::Prometheus(const fs::path& folder, int target)
    : port_(sandbox::closed_port()),
      process_(command_of(folder, port_, target), folder / "prometheus.log") {
  EXPECT_TRUE(eventually([&] {
    const nlohmann::json up = query("up");
    return up.is_array() && !up.empty() && up[0]["value"][1] == "1";
  })) << log();
}

nlohmann::json Prometheus::query(const std::string& expression) {
  const Answer answer = http_get(port_, "/api/v1/query?query=" + url_encoded(expression));
  const nlohmann::json document = answer.json();
  if (answer.status != 200 || !document.is_object()) return {};
  return document["data"]["result"];
}

std::set<std::string> Prometheus::firing() {
  std::set<std::string> names;
  const nlohmann::json document = http_get(port_, "/api/v1/alerts").json();
  if (!document.is_object()) return {"nothing is known"};
  for (const auto& alert : document["data"]["alerts"]) {
    if (alert["state"] != "firing") continue;
    const auto& labels = alert["labels"];
    const std::string topology = labels.value("topology", "");
    names.insert(labels["alertname"].get<std::string>() + (topology.empty() ? "" : " " + topology));
  }
  return names;
}

}  // namespace gtidops::testing
