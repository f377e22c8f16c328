// Pool: runs jobs side by side, on as many threads as are needed at the moment. A job that hangs (a
// pass over a server that does not answer) keeps only its own thread. A thread that has had nothing
// to do for a while ends.
//
// Thread-safety: submit() from any thread. Errors: none; when the system gives no more threads,
// jobs wait for the existing ones.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gtidops {

class Pool {
 public:
  explicit Pool(std::size_t most_threads) : most_(most_threads) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  // Waits for the jobs that have begun; drops the others.
  ~Pool();

  void submit(std::function<void()> job);
  [[nodiscard]] std::size_t threads() const;

 private:
  void serve();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::size_t threads_ = 0, idle_ = 0;
  bool stopping_ = false;
};

}  // namespace gtidops
