// HttpServer: what the daemon says over HTTP (contract, section 4): /-/healthy, /-/ready, /metrics,
// /api/v1/topologies[/NAME], the page for people at /, and POST /hooks/git.
//
// Thread-safety: start() and stop() from one thread; the callbacks are called from many. Errors:
// start() says what is wrong with the address, the port or the web configuration file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "metrics/metrics.h"
#include "model/secret_ref.h"
#include "report/snapshot.h"

namespace gtidops {

struct HttpOptions {
  std::string listen = "127.0.0.1:10440";  // ADDR:PORT, [::1]:PORT; port 0: any that is free
  std::string web_config_file;             // TLS and basic auth, as Prometheus' exporters have it
  std::string external_host;  // another name under which clients reach it; may be empty
  SecretRef hook_secret;      // of POST /hooks/git; not declared: anybody may trigger a pull
};

struct HttpSources {
  std::function<std::shared_ptr<const DaemonSnapshot>()> snapshot;
  // Empty when all is well; else why the process is not healthy (the loop does not move any more),
  // or not ready (nothing was read, or a topology was never looked at).
  std::function<std::string()> unhealthy, unready;
  std::function<void()> pull_now;
};

class HttpServer {
 public:
  HttpServer(HttpOptions options, HttpSources sources, Metrics& metrics);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  Status start();
  // The port that it listens on, once started.
  [[nodiscard]] int port() const;
  void stop();
  // One sentence for the log: everybody can read the state over the network, or a changed web
  // configuration or certificate could not be loaded; empty when all is well.
  [[nodiscard]] std::string warning() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
