// WholeState: an open state whose three ports are one object. KeptState keeps it in memory;
// PassingState passes everything on to another one, for tests that change one thing about it.
//
// Thread-safety: as the ports'. Errors: as the ports'; KeptState has none, and always holds the
// lease.
#pragma once

#include <string>
#include <utility>

#include "ports/state.h"

namespace gtidops::testing {

class WholeState : public OpenState, public Lease, public IntentStore, public Journal {
 public:
  [[nodiscard]] StatePorts ports() override { return {*this, *this, *this}; }
};

class KeptState : public WholeState {
 public:
  Result<Intent> load() override { return intent; }
  Status save(const Intent& saved) override {
    intent = saved;
    return {};
  }
  Status save_soon(const Intent& saved) override {
    Memory memory = std::move(intent.memory);
    intent = saved;
    intent.memory = std::move(memory);
    return {};
  }
  Status note(const Memory& memory) override {
    intent.memory = memory;
    return {};
  }
  Status append(const std::string&) override { return {}; }
  [[nodiscard]] bool held() const override { return true; }

  Intent intent;
};

class PassingState : public WholeState {
 public:
  explicit PassingState(const StatePorts& state) : state_(state) {}
  Result<Intent> load() override { return state_.intents.load(); }
  Status save(const Intent& intent) override { return state_.intents.save(intent); }
  Status save_soon(const Intent& intent) override { return state_.intents.save_soon(intent); }
  Status note(const Memory& memory) override { return state_.intents.note(memory); }
  Status append(const std::string& line) override { return state_.journal.append(line); }
  [[nodiscard]] bool held() const override { return state_.lease.held(); }

 private:
  const StatePorts state_;
};

}  // namespace gtidops::testing
