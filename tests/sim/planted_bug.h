// What stands between a pass and a port, for the planted bugs (planted_test.cc): it passes
// everything on, but for what a bug says.
//
// Thread-safety: one thread. Errors: as the port's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/passing_fleet.h"

namespace gtidops::sim {

inline const std::string kFreeze = "SET GLOBAL super_read_only = ON";
inline const std::string kOpen = "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF";

inline bool begins(const std::string& text, std::string_view with) {
  return text.compare(0, with.size(), with) == 0;
}

// A Fleet that passes everything on, but for what a bug says.
class Bug : public PassingFleet {
 public:
  using PassingFleet::PassingFleet;
  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override {
    Observation seen = PassingFleet::look(servers, depth, deadline);
    doctor(seen);
    return seen;
  }
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    if (auto told = instead(statement, statement.printable())) return *std::move(told);
    return afterwards(PassingFleet::run(statement, deadline));
  }

 protected:
  // Does something else, or says that it was done.
  virtual std::optional<Result<Rows>> instead(const Statement&, const std::string& /*text*/) {
    return std::nullopt;
  }
  virtual Result<Rows> afterwards(Result<Rows> result) { return result; }
  virtual void doctor(Observation&) {}
  Result<Rows> really(const std::string& server, const std::string& text) {
    return PassingFleet::run(sql(server, text), Millis{1'000});
  }
  Result<Rows> really(const Statement& statement) {
    return PassingFleet::run(statement, Millis{5'000});
  }
  template <class Edit>
  static void each(Observation& seen, Edit edit) {
    for (auto& [name, look] : seen.servers)
      if (auto* state = std::get_if<ServerState>(&look)) edit(name, *state);
  }
};

}  // namespace gtidops::sim
