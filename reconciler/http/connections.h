// Connections: the sockets that are open, so that those that keep a thread waiting can be closed
// when others need it, and all of them at the end.
//
// Thread-safety: any thread. Errors: none. A socket is only shut down here; whoever serves it
// closes it, after forgetting it.
#pragma once

#include <chrono>
#include <map>
#include <mutex>

#include "base/quantity.h"

namespace gtidops {

class Connections {
 public:
  void add(int socket);
  void forget(int socket);
  // It waits for its client since now: for a handshake, a request, or the rest of one.
  void waits(int socket);
  // It does not: a handler is at work for it.
  void works(int socket);
  // Shuts down the one that has waited longest, if that is at least `patience`.
  bool evict(Millis patience);
  // Shuts down all, and every one that is added from now on.
  void close_all();

 private:
  using Clock = std::chrono::steady_clock;
  struct One {
    bool waiting = true;
    Clock::time_point since;
  };
  std::mutex mutex_;
  std::map<int, One> sockets_;
  bool closed_ = false;
};

}  // namespace gtidops
