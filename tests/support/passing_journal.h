// A journal that passes everything on to another one, for tests that change one thing about it.
//
// Thread-safety: as the port's. Errors: as the port's.
#pragma once

#include <string>

#include "ports/journal.h"

namespace gtidops::testing {

class PassingJournal : public Journal {
 public:
  explicit PassingJournal(Journal& journal) : journal_(journal) {}
  Result<Intent> load() override { return journal_.load(); }
  Status save(const Intent& intent) override { return journal_.save(intent); }
  Status save_soon(const Intent& intent) override { return journal_.save_soon(intent); }
  Status note(const Memory& memory) override { return journal_.note(memory); }
  Status append(const std::string& line) override { return journal_.append(line); }
  [[nodiscard]] bool lease_held() const override { return journal_.lease_held(); }

 private:
  Journal& journal_;
};

}  // namespace gtidops::testing
