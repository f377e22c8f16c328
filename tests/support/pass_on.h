// Ports that pass everything on to another one, for tests that change one thing about it.
//
// Thread-safety: as the port's. Errors: as the port's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ports/fleet.h"
#include "ports/journal.h"

namespace gtidops::testing {

class PassingFleet : public Fleet {
 public:
  explicit PassingFleet(Fleet& fleet) : fleet_(fleet) {}
  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override {
    return fleet_.look(servers, depth, deadline);
  }
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    return fleet_.run(statement, deadline);
  }
  std::optional<SecretTrouble> try_secret(const SecretRef& secret) override {
    return fleet_.try_secret(secret);
  }
  int watch(const std::string& server) override { return fleet_.watch(server); }
  [[nodiscard]] std::uint64_t connection(const std::string& server) const override {
    return fleet_.connection(server);
  }
  Status hold(const std::string& server, Millis deadline) override {
    return fleet_.hold(server, deadline);
  }

 private:
  Fleet& fleet_;
};

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
