#include "loop/pool.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "system/quiet_thread.h"

namespace gtidops {
namespace {

constexpr std::chrono::seconds kIdle{30};

}  // namespace

Pool::~Pool() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  jobs_.clear();
  changed_.notify_all();
  changed_.wait(lock, [this] { return threads_ == 0; });
}

void Pool::submit(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  if (idle_ >= jobs_.size() || threads_ >= most_) {
    changed_.notify_one();
    return;
  }
  try {
    quiet_thread([this] { serve(); }).detach();
    ++threads_;
  } catch (const std::system_error&) {
    changed_.notify_one();  // the existing threads will run it
  }
}

std::size_t Pool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_;
}

void Pool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    const bool woken =
        changed_.wait_for(lock, kIdle, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (stopping_ || !woken) break;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  --threads_;
  // Notified under the lock: the destructor waits for the last thread, and must not return before
  // this thread has released the mutex.
  changed_.notify_all();
}

}  // namespace gtidops
