// RunMemory: adds what the looks of a run show to the memory of the servers (decide/remember.h). A
// run looks many times between the look that it was planned from and its last one, and evidence may
// be gone by the last one: a counter has passed the old numbers, a filter was removed. RunMemory
// stands between the run and its ports: every look goes into the memory, and every save() includes
// the memory.
//
// Thread-safety: one thread at a time. Errors: as the ports. If the news of a look cannot be saved,
// the next save() or the end of the pass reports it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/intent.h"
#include "model/spec.h"
#include "ports/intent_store.h"
#include "ports/passing_fleet.h"
#include "ports/state.h"

namespace gtidops {

class RunMemory : public PassingFleet, public IntentStore {
 public:
  // All must outlive this. `known`: the intent as it was saved before the run.
  RunMemory(const Spec& spec, Intent known, Fleet& fleet, const StatePorts& state)
      : PassingFleet(fleet), spec_(spec), known_(std::move(known)), state_(state) {}

  [[nodiscard]] const Memory& memory() const { return known_.memory; }

  // --- Fleet.
  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override;

  // --- IntentStore.
  Result<Intent> load() override;
  Status save(const Intent& intent) override { return state_.intents.save(with_memory(intent)); }
  Status save_soon(const Intent& intent) override {
    return state_.intents.save_soon(with_memory(intent));
  }
  Status note(const Memory& memory) override { return state_.intents.note(memory); }

 private:
  [[nodiscard]] Intent with_memory(Intent intent) const;

  const Spec& spec_;
  Intent known_;
  const StatePorts state_;
};

}  // namespace gtidops
