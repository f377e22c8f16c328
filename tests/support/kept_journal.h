// A journal in memory: what is saved is loaded again, the lease is always held.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <string>

#include "ports/journal.h"

namespace gtidops::testing {

class KeptJournal : public Journal {
 public:
  Result<Intent> load() override { return intent; }
  Status save(const Intent& saved) override {
    intent = saved;
    return {};
  }
  Status save_soon(const Intent& saved) override { return save(saved); }
  Status note(const Memory&) override { return {}; }
  Status append(const std::string&) override { return {}; }
  [[nodiscard]] bool lease_held() const override { return true; }

  Intent intent;
};

}  // namespace gtidops::testing
