// Guests: the open connections, limited in number and in the bytes of bodies and answers under way.
// When a limit is reached, the connection that has kept the server waiting longest is closed.
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
  // Closes the connection at once.
  virtual void leave() = 0;
};

class Guests {
 public:
  static constexpr std::size_t kMost = 512;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  // False when there is no room and no connection can be closed, because all are being served.
  bool enter(Guest& guest);
  void left(Guest& guest);
  // From now on the server waits for this client: for its handshake, its request, or to take its
  // answer. The connection may be closed to make room.
  void waits(Guest& guest);
  // From now on the client waits for the server, which is making its answer.
  void works(Guest& guest);
  // Sets how many bytes are kept for this connection.
  void holds(Guest& guest, std::size_t bytes);
  // Closes the connection that has kept the server waiting longest; false when there is none.
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
