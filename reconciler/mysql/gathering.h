// Gathering: waits until a number of things have happened on other threads, or a deadline has come.
//
// Thread-safety: any number of threads. Errors: none.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "system/deadline.h"

namespace gtidops::mysql {

class Gathering {
 public:
  explicit Gathering(std::size_t expected) : missing_(expected) {}

  void arrive() {
    {
      const std::lock_guard lock(mutex_);
      if (missing_ == 0 || --missing_ > 0) return;
    }
    all_there_.notify_all();  // without the lock: a woken thread would block on it at once
  }

  // False: the deadline came first.
  bool wait(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return all_there_.wait_until(lock, deadline.moment(), [this] { return missing_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_there_;
  std::size_t missing_;
};

}  // namespace gtidops::mysql
