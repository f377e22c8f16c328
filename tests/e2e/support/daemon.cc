#include "e2e/support/daemon.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

std::vector<std::string> command_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{GTIDOPS_BINARY, "run", "--listen", "127.0.0.1:0"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

// A log of its own for each that is started.
std::filesystem::path log_in(const std::filesystem::path& folder) {
  static int number = 0;
  return folder / ("run-" + std::to_string(++number) + ".log");
}

}  // namespace

DaemonProcess::DaemonProcess(const std::filesystem::path& folder,
                             const std::vector<std::string>& arguments,
                             const Environment& environment)
    : process_(command_of(arguments), log_in(folder), environment) {}

int DaemonProcess::port() {
  static const std::string words = "listening on port ";
  if (port_ > 0) return port_;
  const bool said = eventually([&] { return logged(words) || !running(); });
  EXPECT_TRUE(said && logged(words)) << log();
  const std::string text = log();
  const auto at = text.find(words);
  if (at != std::string::npos) port_ = std::atoi(text.c_str() + at + words.size());
  return port_;
}

double DaemonProcess::stop() {
  constexpr double kLimit = 10;
  const auto since = std::chrono::steady_clock::now();
  signal(SIGTERM);
  EXPECT_EQ(wait(kLimit), 0) << "SIGTERM has to end it with 0 within ten seconds\n" << log();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

void DaemonProcess::kill9() {
  signal(SIGKILL);
  EXPECT_EQ(wait(10), 128 + SIGKILL) << log();
}

nlohmann::json DaemonProcess::topology(const std::string& name) {
  const Answer answer = http_get(port(), "/api/v1/topologies/" + name);
  return answer.status == 200 ? answer.json() : nlohmann::json();
}

std::string DaemonProcess::condition(const std::string& type, const std::string& name) {
  const nlohmann::json known = topology(name);
  if (known.is_null()) return {};
  for (const auto& one : known["conditions"])
    if (one["type"] == type)
      return one["status"].get<std::string>() + " " + one["reason"].get<std::string>();
  return {};
}

MetricsPage DaemonProcess::metrics() { return MetricsPage(http_get(port(), "/metrics").body); }

double DaemonProcess::metric(const std::string& name, const Labels& labels) {
  return metrics().value(name, labels).value_or(0);
}

void DaemonProcess::hook() {
  const Answer answer = http_post(port(), "/hooks/git", "{}");
  EXPECT_EQ(answer.status, 202) << answer.body;
}

}  // namespace gtidops::testing
