// Swarm: which faults strike in this run, how often and when. Each run has only some of them (swarm
// testing: Groce et al., 2012), since the presence of one can hide what another would show.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <functional>

#include "sim/random.h"
#include "sim/world.h"

namespace gtidops::sim {

class Swarm {
 public:
  Swarm(World& world, Rng rng) : world_(world), rng_(rng) {}

  // Draws the faults, and when they strike until then. `second_gtidops`: another one is started
  // somewhere while the first is in the middle of something.
  // `rival_gtidops`: one with a state folder of its own is started; `old`: it knows an old revision
  // of the file, as well.
  void begin(Micros until, std::function<void()> second_gtidops,
             std::function<void(bool old)> rival_gtidops);
  // How often a process is to crash.
  [[nodiscard]] double crashes() const { return crashes_; }
  // Everything is well again: links, servers, locks, disks.
  void heal();
  [[nodiscard]] bool healed() const { return healed_; }

 private:
  void strike(int most, void (Swarm::*fault)());
  void strike_of(Rng& rng, int most, void (Swarm::*fault)());
  SimServer& some_server();
  void kill_server();
  void partition();
  void lag();
  void poison();
  void lock_tables();
  void drift_by_hand();
  void purge();
  void lose_lease();
  void meddle();
  void meddle_now();
  void rival();
  void pause();
  void draw_weather();
  void damage(Rng& rng);

  World& world_;
  Rng rng_;
  Micros from_ = 0, until_ = 0;
  double crashes_ = 0;
  bool healed_ = false;
  int waits_for_switch_ = 0;
  std::function<void()> second_gtidops_;
  std::function<void(bool)> rival_gtidops_;
};

}  // namespace gtidops::sim
