#include "execute/run_memory.h"

#include "decide/remember.h"

namespace gtidops {

Observation RunMemory::look(const std::vector<std::string>& servers, Depth depth, Millis deadline) {
  Observation seen = PassingFleet::look(servers, depth, deadline);
  Memory memory = remembered(spec_, seen, known_);
  // Sets that merely grew are saved at the end of the pass, or with the next save().
  const bool news = worth_saving(known_.memory, memory, known_.memory.noted_at);
  known_.memory = std::move(memory);
  if (news && state_.lease.held())
    if (const auto intent = state_.intents.load()) (void)save(*intent);
  return seen;
}

Result<Intent> RunMemory::load() {
  auto intent = state_.intents.load();
  if (intent) intent->memory = known_.memory;
  return intent;
}

Intent RunMemory::with_memory(Intent intent) const {
  intent.memory = known_.memory;
  return intent;
}

}  // namespace gtidops
