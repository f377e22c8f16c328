// Workers: the threads that serve connections: few, made when they are needed, with a short queue.
// When all are busy, connections that keep one waiting are closed in favour of those in the queue,
// the longest waiting first; when the queue is full too, the new one is refused.
//
// Thread-safety: enqueue() and shutdown() from the thread that accepts. Errors: none; a thread that
// cannot be made is done without while there is another.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "http/connections.h"

namespace gtidops {

class Workers : public httplib::TaskQueue {
 public:
  static constexpr std::size_t kThreads = 32, kQueue = 64;

  explicit Workers(Connections& connections) : connections_(connections) {}
  void enqueue(std::function<void()> work) override;
  void shutdown() override;
  // Is the caller's work run only to be refused?
  static bool refusing();

 private:
  void run();

  Connections& connections_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace gtidops
