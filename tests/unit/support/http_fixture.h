// http_fixture: an HTTP server on a port of its own, fed with snapshots made by hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/http_server.h"
#include "unit/support/http_client.h"
#include "unit/support/snapshots.h"

namespace gtidops::testing {

inline FleetBuilder three(const std::string& name = "orders") {
  FleetBuilder fleet(name);
  fleet.server("db1").primary().server("db2").replica_of("db1").server("db3").replica_of("db1");
  return fleet;
}

// POST /hooks/git.
inline HttpAsk poke(const std::map<std::string, std::string>& headers,
                    std::string body = "{\"ref\":1}") {
  HttpAsk ask;
  ask.method = "POST";
  ask.path = "/hooks/git";
  ask.headers = headers;
  ask.body = std::move(body);
  return ask;
}

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() { std::filesystem::create_directories(folder_); }
  ~HttpTest() override {
    if (server_) server_->stop();
    std::filesystem::remove_all(folder_);
    ::unsetenv("GTIDOPS_TEST_HOOK");
  }

  Status start() {
    options_.listen = "127.0.0.1:0";
    HttpSources sources;
    sources.snapshot = [this] { return snapshot_; };
    sources.unhealthy = [this] { return unhealthy_; };
    sources.unready = [this] { return unready_; };
    sources.pull_now = [this] { ++pulls_; };
    server_ = std::make_unique<HttpServer>(options_, sources, metrics_);
    return server_->start();
  }
  void must_start() {
    const Status started = start();
    ASSERT_TRUE(started) << started.error().message;
  }
  [[nodiscard]] int port() const { return server_->port(); }
  void publish(const DaemonSnapshot& snapshot) {
    snapshot_ = std::make_shared<const DaemonSnapshot>(snapshot);
  }
  std::string write(const std::string& name, const std::string& text) {
    const auto file = folder_ / name;
    std::ofstream(file) << text;
    return file.string();
  }
  void run(const std::string& command) {
    const std::string all = "cd '" + folder_.string() + "' && " + command + " >log 2>&1";
    ASSERT_EQ(std::system(all.c_str()), 0) << command;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("gtidops-http-" + std::to_string(::getpid()));
  Metrics metrics_;
  HttpOptions options_;
  std::shared_ptr<const DaemonSnapshot> snapshot_ =
      std::make_shared<const DaemonSnapshot>(daemon_snapshot({topology_snapshot(three())}));
  std::string unhealthy_, unready_;
  std::atomic<int> pulls_{0};
  std::unique_ptr<HttpServer> server_;
};

}  // namespace gtidops::testing
