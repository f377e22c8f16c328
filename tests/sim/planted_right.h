// Bugs in how the right to act and the connections it rests on are dealt with (planted_test.cc).
//
// Thread-safety: one thread. Errors: as the port's.
#pragma once

#include "sim/planted_bug.h"

namespace gtidops::sim {

struct TakesATimeoutForANo : Bug {
  using Bug::Bug;
  Result<Rows> afterwards(Result<Rows> result) override {
    if (!result && result.error().code == ErrorCode::kUnknown)
      result.error().code = ErrorCode::kFailed;
    return result;
  }
};

// It takes the right for its own without asking.
struct LeavesTheDeadAlone : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (!begins(text, "SELECT GET_LOCK") && !begins(text, "SELECT IS_USED_LOCK"))
      return std::nullopt;
    // There must be a connection.
    (void)really(one.server, "SELECT @@GLOBAL.gtid_executed");
    return Rows{{"1"}};
  }
};

// The same, where only others could tell: whoever holds it is said to be of the same state folder.
struct EndsWhoeverHoldsTheRight : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (!begins(text, "SELECT l.id, CONCAT(")) return std::nullopt;
    auto rows = really(one.server, text);
    if (rows && !rows->empty() && rows->front()[0]) rows->front()[4] = "1";
    return rows;
  }
};

// What was lost in between is not noticed: a connection is as good as any other.
struct SendsOnAnyConnection : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string&) override {
    if (one.connection == 0) return std::nullopt;
    Statement any = one;
    any.connection = 0;
    return really(any);
  }
  [[nodiscard]] std::uint64_t connection(const std::string&) const override { return 1; }
};

}  // namespace gtidops::sim
