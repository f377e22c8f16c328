// Check: the answer to "does this hold, by what was observed?". Unknown is an answer of its own.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <string>
#include <utility>

namespace gtidops {

struct Check {
  enum class Verdict { kHolds, kDoesNot, kUnknown };
  Verdict verdict = Verdict::kUnknown;
  std::string why;  // empty when it holds

  static Check holds() { return {Verdict::kHolds, {}}; }
  static Check does_not(std::string why) { return {Verdict::kDoesNot, std::move(why)}; }
  static Check unknown(std::string why) { return {Verdict::kUnknown, std::move(why)}; }
  explicit operator bool() const { return verdict == Verdict::kHolds; }
};

}  // namespace gtidops
