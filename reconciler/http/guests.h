// Guests: the connections that are open. There is room for so many, and for so many bytes of bodies
// and answers under way; who needs room when there is none takes the place of the one that has
// kept us waiting longest.
//
// Thread-safety: one thread, the one that serves all connections. Errors: none.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>

namespace gtidops {

class Guest {
 public:
  Guest() = default;
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  virtual ~Guest() = default;
  // Its connection is closed, now.
  virtual void leave() = 0;
};

class Guests {
 public:
  static constexpr std::size_t kMost = 512;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  // False: there is no room, because everybody is being served.
  bool enter(Guest& guest);
  void left(Guest& guest);
  // From now on it keeps us waiting: for its handshake, its request, or to take its answer.
  void waits(Guest& guest);
  // It does not: its answer is being made.
  void works(Guest& guest);
  // How many bytes are kept for it.
  void holds(Guest& guest, std::size_t bytes);
  // False: nobody waits.
  bool evict();
  void evict_all();

 private:
  using Clock = std::chrono::steady_clock;
  struct One {
    bool waiting = true;
    Clock::time_point since;
    std::size_t bytes = 0;
  };
  using All = std::map<Guest*, One>;
  template <class May>
  bool evict_oldest(May may);

  All all_;
  std::size_t bytes_ = 0;
};

}  // namespace gtidops
