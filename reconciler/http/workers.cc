#include "http/workers.h"

#include "system/quiet_thread.h"

namespace gtidops {
namespace {

// A client that has not sent a request for so long may have to give way.
constexpr Millis kPatience{500};
thread_local bool t_refusing = false;

}  // namespace

bool Workers::refusing() { return t_refusing; }

void Workers::enqueue(std::function<void()> work) {
  std::unique_lock lock(mutex_);
  if (queue_.size() >= kQueue) {
    lock.unlock();
    t_refusing = true;
    work();
    t_refusing = false;
    return;
  }
  queue_.push_back(std::move(work));
  if (idle_ < queue_.size() && threads_.size() < kThreads) {
    try {
      threads_.push_back(quiet_thread([this] { run(); }));
    } catch (const std::system_error&) {
      // The others will do it.
    }
  }
  const std::size_t unserved =
      idle_ < queue_.size() && threads_.size() >= kThreads ? queue_.size() : 0;
  lock.unlock();
  changed_.notify_one();
  // Not one only: those before it in the queue may be as slow as those that are served.
  for (std::size_t i = 0; i < unserved && connections_.evict(kPatience); ++i) continue;
}

void Workers::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    const auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

void Workers::shutdown() {
  connections_.close_all();  // those that still wait in the queue find theirs closed
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace gtidops
