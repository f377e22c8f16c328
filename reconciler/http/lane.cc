#include "http/lane.h"

#include <system_error>
#include <utility>

#include "system/quiet_thread.h"

namespace gtidops {

bool Lane::take(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || queue_.size() >= most_waiting_) return false;
    if (idle_ <= queue_.size() && threads_.size() < most_threads_) {
      try {
        threads_.push_back(quiet_thread([this] { run(); }));
      } catch (const std::system_error&) {
        if (threads_.empty()) return false;  // else an existing thread does it
      }
    }
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Lane::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    --idle_;
    if (ending_) return;
    const auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

void Lane::end() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    dropped.swap(queue_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace gtidops
