// RunMemory: what the looks of a run show of the servers. The run looks many times between the look
// that it was planned from and the one that it ends with, and a trace may be gone by then: a
// counter has passed the old numbers, a filter was taken off. It stands between the run and its
// ports: every look adds to what is remembered (decide/remember.h), and whatever is saved meanwhile
// has it.
//
// Thread-safety: one thread at a time. Errors: as the ports'; where news of a look cannot be
// written down, the next save() or the end of the pass tells.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/intent.h"
#include "model/spec.h"
#include "ports/journal.h"
#include "ports/passing_fleet.h"

namespace gtidops {

class RunMemory : public PassingFleet, public Journal {
 public:
  // All must outlive this. `known`: as it was written down before the run.
  RunMemory(const Spec& spec, Intent known, Fleet& fleet, Journal& journal)
      : PassingFleet(fleet), spec_(spec), known_(std::move(known)), journal_(journal) {}

  [[nodiscard]] const Memory& memory() const { return known_.memory; }

  // --- Fleet.
  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override;

  // --- Journal.
  Result<Intent> load() override;
  Status save(const Intent& intent) override { return journal_.save(with_memory(intent)); }
  Status save_soon(const Intent& intent) override {
    return journal_.save_soon(with_memory(intent));
  }
  Status note(const Memory& memory) override { return journal_.note(memory); }
  Status append(const std::string& line) override { return journal_.append(line); }
  [[nodiscard]] bool lease_held() const override { return journal_.lease_held(); }

 private:
  [[nodiscard]] Intent with_memory(Intent intent) const;

  const Spec& spec_;
  Intent known_;
  Journal& journal_;
};

}  // namespace gtidops
