// Lane: a few threads and a short queue for work that takes long, so that the thread that serves
// connections never waits for it.
//
// Thread-safety: take() from any thread; end() once. Errors: take() gives false when the queue is
// full, or when no thread can be made.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gtidops {

class Lane {
 public:
  // At most `threads` threads, which are created when they are needed, and at most `waiting` pieces
  // of work in the queue.
  Lane(std::size_t threads, std::size_t waiting) : most_threads_(threads), most_waiting_(waiting) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() { end(); }

  bool take(std::function<void()> work);
  // Waits for the work that is running, and drops what is in the queue.
  void end();

 private:
  void run();

  const std::size_t most_threads_, most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace gtidops
