// WebServer: accepts connections and serves them, all on one thread of its own. A connection that
// waits costs a descriptor and a few kilobytes, and does not hold up the others. What takes long is
// done by the threads of the lanes.
//
// Thread-safety: bind(), start() and stop() from one thread. Errors: bind() says why it failed.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "http/exchange.h"

namespace gtidops {

class WebServer {
 public:
  explicit WebServer(WebService& service);
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer();

  // `port` 0: any free port. Returns the port.
  Result<int> bind(const std::string& host, int port);
  void start();
  // Closes open connections, and waits for answers that are being made.
  void stop();

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
