// WebServer: accepts connections and serves them, all on one thread of its own: a connection that
// waits costs a descriptor and a few kilobytes, and holds up nobody. What takes long is done by the
// threads of the lanes.
//
// Thread-safety: bind(), start() and stop() from one thread. Errors: bind() says why not.
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

  // `port` 0: any that is free. The result: which one it is.
  Result<int> bind(const std::string& host, int port);
  void start();
  // Open connections are closed; answers that are being made are waited for.
  void stop();

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
