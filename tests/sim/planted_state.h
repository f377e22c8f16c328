// Bugs of the state for planted_test.cc: each stands between the pass and the simulated state,
// and leaves out or forgets one thing.
//
// Thread-safety: one thread at a time, as the state behind it. Errors: those of that state.
#pragma once

#include <string>

#include "support/whole_state.h"

namespace gtidops::sim {

using testing::PassingState;

struct SavesNothing : PassingState {
  using PassingState::PassingState;
  Status save(const Intent&) override { return {}; }
  Status save_soon(const Intent&) override { return {}; }
  Status note(const Memory&) override { return {}; }
};

struct ForgetsTheCommit : PassingState {
  using PassingState::PassingState;
  Status save_soon(const Intent&) override { return {}; }
};

// It knows no server from an earlier look.
struct ForgetsTheServers : PassingState {
  using PassingState::PassingState;
  Result<Intent> load() override {
    auto intent = PassingState::load();
    if (intent) intent->memory = {};
    return intent;
  }
};

struct AlwaysHoldsTheLease : PassingState {
  using PassingState::PassingState;
  [[nodiscard]] bool held() const override {
    (void)PassingState::held();
    return true;
  }
};

struct NeverAsksForTheLease : PassingState {
  using PassingState::PassingState;
  [[nodiscard]] bool held() const override { return true; }
};

}  // namespace gtidops::sim
