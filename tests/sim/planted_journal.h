// Bugs of the journal for planted_test.cc: each stands between the pass and the simulated journal,
// and leaves out or forgets one thing.
//
// Thread-safety: one thread at a time, as the journal behind it. Errors: those of that journal.
#pragma once

#include <string>

#include "ports/journal.h"

namespace gtidops::sim {

class JournalBug : public Journal {
 public:
  explicit JournalBug(Journal& journal) : journal_(journal) {}
  Result<Intent> load() override { return journal_.load(); }
  Status save(const Intent& intent) override { return journal_.save(intent); }
  Status save_soon(const Intent& intent) override { return journal_.save_soon(intent); }
  Status note(const Memory& memory) override { return journal_.note(memory); }
  Status append(const std::string& line) override { return journal_.append(line); }
  [[nodiscard]] bool lease_held() const override { return journal_.lease_held(); }

 private:
  Journal& journal_;
};

struct SavesNothing : JournalBug {
  using JournalBug::JournalBug;
  Status save(const Intent&) override { return {}; }
  Status save_soon(const Intent&) override { return {}; }
  Status note(const Memory&) override { return {}; }
};

struct ForgetsTheCommit : JournalBug {
  using JournalBug::JournalBug;
  Status save_soon(const Intent&) override { return {}; }
};

// It knows no server from an earlier look.
struct ForgetsTheServers : JournalBug {
  using JournalBug::JournalBug;
  Result<Intent> load() override {
    auto intent = JournalBug::load();
    if (intent) intent->memory = {};
    return intent;
  }
};

struct AlwaysHoldsTheLease : JournalBug {
  using JournalBug::JournalBug;
  [[nodiscard]] bool lease_held() const override {
    (void)JournalBug::lease_held();
    return true;
  }
};

struct NeverAsksForTheLease : JournalBug {
  using JournalBug::JournalBug;
  [[nodiscard]] bool lease_held() const override { return true; }
};

}  // namespace gtidops::sim
