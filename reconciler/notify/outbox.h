// Outbox: a queue of messages for one receiver, and the thread that delivers them. push() never
// waits: when the queue is full, the oldest item is dropped and counted.
//
// With `together`, the items that gathered while the receiver was slow, or while the limit of the
// window was reached, are delivered as one batch.
//
// Thread-safety: push() and dropped() from any thread; the rest from one. Errors: none; `deliver`
// is called on the outbox's thread and must not throw.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/quantity.h"
#include "system/event.h"
#include "system/quiet_thread.h"

namespace gtidops::notify {

struct OutboxLimits {
  std::size_t waiting = 100;   // the most items in the queue; then the oldest is dropped
  std::size_t per_window = 0;  // the most batches in one window; 0: no limit
  Millis window{60'000};
};

template <class Item>
class Outbox {
 public:
  struct Batch {
    std::vector<Item> items;
    std::size_t dropped = 0;  // items dropped since the last batch
  };
  // `stopping`: a descriptor that becomes readable when the delivery must end at once.
  using Deliver = std::function<void(const Batch& batch, int stopping)>;

  // `together`: a batch may hold several items; otherwise each item is a batch.
  Outbox(OutboxLimits limits, bool together, Deliver deliver)
      : limits_(limits),
        together_(together),
        deliver_(std::move(deliver)),
        thread_(quiet_thread([this] { work(); })) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.set();
    changed_.notify_all();
    thread_.join();
  }

  void push(Item item) {
    {
      const std::lock_guard lock(mutex_);
      if (items_.size() >= limits_.waiting) {
        items_.pop_front();
        ++dropped_;
        ++dropped_ever_;
      }
      items_.push_back(std::move(item));
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_ever_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Waits until another batch may be sent. False: the outbox is being destroyed.
  bool wait_for_leave(std::unique_lock<std::mutex>& lock) {
    while (limits_.per_window > 0 && !stopping_) {
      while (!sent_.empty() && Clock::now() - sent_.front() >= limits_.window) sent_.pop_front();
      if (sent_.size() < limits_.per_window) break;
      changed_.wait_until(lock, sent_.front() + limits_.window);
    }
    return !stopping_;
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !items_.empty(); });
      if (!wait_for_leave(lock)) return;
      Batch batch;
      batch.dropped = std::exchange(dropped_, 0);
      do {
        batch.items.push_back(std::move(items_.front()));
        items_.pop_front();
      } while (together_ && !items_.empty());
      if (limits_.per_window > 0) sent_.push_back(Clock::now());
      lock.unlock();
      deliver_(batch, stop_.descriptor());
      lock.lock();
    }
  }

  const OutboxLimits limits_;
  const bool together_;
  const Deliver deliver_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::deque<Clock::time_point> sent_;
  std::size_t dropped_ = 0, dropped_ever_ = 0;
  bool stopping_ = false;
  Event stop_;
  std::thread thread_;  // the last member, because it uses all of the others
};

}  // namespace gtidops::notify
