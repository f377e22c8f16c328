// What becomes of every key of a topology file: nothing that is declared is ignored silently. A
// test (tests/unit/key_use_test.cc) holds every key that the parser knows to this table.
//
// Thread-safety: constant data, pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/spec.h"

namespace gtidops {

struct KeyUse {
  enum class How {
    kInForce,  // somebody acts on it: `where` is the file that reads it, `word` how it is named
               // there
    kRefused,  // the plan refuses with not-yet-supported
    kWarned,   // the plan warns with not-in-force
    kNote,     // for people: it has no effect, and promises none
  };
  std::string_view key;  // as the parser names it, and all below it
  How how;
  std::string_view where, word;
};

std::span<const KeyUse> key_uses();
// The longest entry that the key is, or is below; nullptr: nobody has said.
const KeyUse* use_of(std::string_view key);

// The declared keys that nobody reads, "failover.maxLostTransactions".
std::vector<std::string> declared_not_in_force(const Spec& spec);

}  // namespace gtidops
