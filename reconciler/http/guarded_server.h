// GuardedServer: cpp-httplib's server with connections of our own: a request has a deadline as a
// whole and a limit in bytes (the library has neither, so that a client that drips bytes would hold
// a thread for ever), threads are bounded, and the TLS context may change between two connections.
//
// Thread-safety: as httplib::Server. Errors: none; a client that breaks the rules is disconnected.
#pragma once

#include <httplib.h>

#include <functional>

#include "http/connections.h"
#include "http/tls.h"

namespace gtidops {

class GuardedServer : public httplib::Server {
 public:
  static constexpr std::size_t kLargestBody = 1U << 20U;
  static constexpr std::size_t kLargestHead = 32U << 10U;

  // `tls` gives the context of a new connection; nullptr: none.
  explicit GuardedServer(std::function<TlsContext()> tls);
  // Once bound: the library lets five connections wait to be accepted, and more lose seconds.
  void widen_backlog();
  void disconnect_all() { connections_.close_all(); }

 private:
  bool process_and_close_socket(socket_t socket) override;
  void serve(socket_t socket);

  std::function<TlsContext()> tls_;
  Connections connections_;
};

}  // namespace gtidops
