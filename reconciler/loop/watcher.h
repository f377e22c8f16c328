// Watcher: notices at once when an idle connection is lost (the server was stopped or killed, or
// its host closed it), so that this does not have to wait for the next look.
//
// Thread-safety: any thread. Errors: none; a descriptor that cannot be watched is closed.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "system/event.h"

namespace gtidops {

class Watcher {
 public:
  // `lost` is called on the watcher's thread, once for each watch().
  explicit Watcher(std::function<void(const std::string& name)> lost);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

  // Takes the descriptor over; one for each name. -1: there is nothing to watch.
  void watch(const std::string& name, int descriptor);
  void forget(const std::string& name);

 private:
  void serve();
  void drop(std::map<std::string, int>::iterator one);

  const std::function<void(const std::string&)> lost_;
  Event stop_;
  int epoll_ = -1;
  std::mutex mutex_;
  std::map<std::string, int> watched_;
  std::map<int, std::string> names_;
  std::thread thread_;
};

}  // namespace gtidops
