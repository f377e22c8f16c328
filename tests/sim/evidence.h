// Evidence: could gtidops know of a damage (damage.h)? It works with what the looks of this run
// showed, and not with what gtidops made of them. Where no look ever showed a trace, nobody could
// have known, and what is lost then is nobody's fault.
//
// A look counts for the state folder of the process that made it, when that process held the lease
// and the right to act then, and lived, and could write: a trace, when it has changed something
// since or its pass has ended; that a set grew, when its pass has ended. Else it could not tell
// anybody. When a machine goes down and loses what was not forced to its disk, it has seen no set
// before.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/gtid_set.h"
#include "model/observation.h"

namespace gtidops::sim {

class Evidence {
 public:
  // From now on this server lacks them, or bears their numbers anew.
  void lost(int server, GtidSet gtids);
  // A filter leaves transactions out there, for a while.
  void filters(int server) { filtered_ = server; }

  // What a look of this process showed, by the number of the server.
  void looked(int process, int disk, const std::map<int, const ServerState*>& seen, bool in_depth);
  // It goes on: the traces that it has seen are written down, or should be.
  void went_on(int process);
  // Its pass has ended: so are the sets.
  void ended(int process);
  // It died, or could not write.
  void is_gone(int process) { unwritten_.erase(process); }
  void machine_went_down(int disk) { folders_[disk].held.clear(); }

  // Was something of this kind done, that explains the loss of this one, and was it never shown to
  // this state folder?
  [[nodiscard]] bool nobody_could_know(int disk, const GtidSet& gtid) const;
  // The same of one that a filter has left out on this server.
  [[nodiscard]] bool nobody_saw_the_filter(int disk, int server) const;
  // The state folder of a process that has looked.
  [[nodiscard]] int disk_of(int process) const {
    const auto found = disks_.find(process);
    return found == disks_.end() ? 0 : found->second;
  }

 private:
  struct Known {
    std::map<int, GtidSet> held;  // the most that each server was seen to hold
    bool loss = false, filter = false;
  };
  static void add(Known& to, const Known& more);
  // Does it show that the server lacks what it held, or what others have from it?
  [[nodiscard]] bool shows_loss(const std::map<int, const ServerState*>& seen,
                                const GtidSet& held) const;

  int lost_on_ = -1, filtered_ = -1;
  GtidSet lost_;
  std::map<int, Known> folders_;    // by the number of the disk
  std::map<int, Known> unwritten_;  // by process
  std::map<int, int> disks_;        // by process
};

}  // namespace gtidops::sim
