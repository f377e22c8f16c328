// `gtidops run` as a process of its own: started, asked over HTTP, ended or killed.
//
// Thread-safety: one thread. Errors: failed expectations of the test.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/support/child.h"
#include "e2e/support/http.h"

namespace gtidops::testing {

class DaemonProcess {
 public:
  // `folder`: where its log goes. Listens on a free port, unless the arguments say otherwise.
  DaemonProcess(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                const Environment& environment = {});

  // Where it listens; waits until it does.
  int port();
  [[nodiscard]] std::string log() const { return process_.log(); }
  [[nodiscard]] bool logged(const std::string& text) const {
    return log().find(text) != std::string::npos;
  }
  bool running() { return process_.running(); }
  void signal(int number) { process_.signal(number); }
  int wait(double limit_seconds) { return process_.wait(limit_seconds); }
  // SIGTERM: it has to end with 0 within ten seconds. How long it took.
  double stop();
  void kill9();

  // GET /api/v1/topologies/NAME; null when there is no such topology.
  nlohmann::json topology(const std::string& name = "shop");
  // "True PrimaryWritable"; empty: not known.
  std::string condition(const std::string& type, const std::string& name = "shop");
  MetricsPage metrics();
  // The sum over all series with these labels; 0 when there is none.
  double metric(const std::string& name, const Labels& labels = {});
  void hook();

 private:
  Child process_;
  int port_ = 0;
};

}  // namespace gtidops::testing
