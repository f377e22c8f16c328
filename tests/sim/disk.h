// Disk: the state folder that every gtidops of a topology shares: the intent, the journal and its
// torn tail, and who holds the lease.
//
// SimState is one process's view of it. Thread-safety: one thread. Errors: as the ports
// say; a full disk is kFailed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/whole_state.h"

namespace gtidops::sim {

class World;
class Process;

struct Disk {
  int number = 1;                  // there may be several, each of another gtidops
  Intent intent;                   // forced to the disk
  std::optional<Intent> soon;      // only written: a crash of the machine may lose it
  std::optional<Memory> noted;     // likewise; it is newer than what `intent` has
  bool rebooted = false;           // the machine went down since the intent was saved
  std::vector<std::string> lines;  // whole ones, with their checksums
  std::string tail;                // what a crash has left of one
  int holder = 0;                  // of the lease: the number of a process
  int saves = 0;                   // grows with each save: the fencing token

  // True when it is this process's now.
  bool take_lease(int process) {
    if (holder == 0) holder = process;
    return holder == process;
  }
  void let_go(int process) {
    if (holder == process) holder = 0;
  }
  // At the start of a process: a torn tail is recognized and cut off, and the journal says so.
  // False when a damaged line was taken for a whole one.
  bool open_journal();
  [[nodiscard]] Intent load() const;
  // The machine goes down and comes up again.
  void power_cut(bool keeps_soon) {
    if (!keeps_soon) {
      soon.reset();
      noted.reset();
    }
    rebooted = true;
  }
};

class SimState : public testing::WholeState {
 public:
  SimState(World& world, Process& process) : world_(world), process_(process) {}
  Result<Intent> load() override;
  Status save(const Intent& intent) override;
  Status save_soon(const Intent& intent) override;
  Status note(const Memory& memory) override;
  Status append(const std::string& line) override;
  [[nodiscard]] bool held() const override;

 private:
  Status store(const Intent& intent, bool forced);

  World& world_;
  Process& process_;
  int saves_ = 0;  // Disk::saves at the last load() or save(); 0: not read yet
};

}  // namespace gtidops::sim
