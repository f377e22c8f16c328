// Bugs of the journal for planted_test.cc: each stands between the pass and the simulated journal,
// and leaves out or forgets one thing.
//
// Thread-safety: one thread at a time, as the journal behind it. Errors: those of that journal.
#pragma once

#include <string>

#include "support/passing_journal.h"

namespace gtidops::sim {

using testing::PassingJournal;

struct SavesNothing : PassingJournal {
  using PassingJournal::PassingJournal;
  Status save(const Intent&) override { return {}; }
  Status save_soon(const Intent&) override { return {}; }
  Status note(const Memory&) override { return {}; }
};

struct ForgetsTheCommit : PassingJournal {
  using PassingJournal::PassingJournal;
  Status save_soon(const Intent&) override { return {}; }
};

// It knows no server from an earlier look.
struct ForgetsTheServers : PassingJournal {
  using PassingJournal::PassingJournal;
  Result<Intent> load() override {
    auto intent = PassingJournal::load();
    if (intent) intent->memory = {};
    return intent;
  }
};

struct AlwaysHoldsTheLease : PassingJournal {
  using PassingJournal::PassingJournal;
  [[nodiscard]] bool lease_held() const override {
    (void)PassingJournal::lease_held();
    return true;
  }
};

struct NeverAsksForTheLease : PassingJournal {
  using PassingJournal::PassingJournal;
  [[nodiscard]] bool lease_held() const override { return true; }
};

}  // namespace gtidops::sim
