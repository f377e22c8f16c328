// key_use: what gtidops does with each key of a topology file, so that no declared key is ignored
// silently. tests/unit/key_use_test.cc checks that this table has every key that the parser knows.
//
// Thread-safety: constant data, pure functions. Errors: none.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/spec.h"

namespace gtidops {

struct KeyUse {
  enum class How {
    kInForce,  // it has an effect: the file `where` reads it, under the name `word`
    kRefused,  // the plan refuses it with not-yet-supported
    kWarned,   // the plan warns with not-in-force
    kNote,     // for people only; it has no effect
  };
  std::string_view key;  // as the parser names it; the entry covers all keys below it too
  How how;
  std::string_view where, word;
};

std::span<const KeyUse> key_uses();
// The longest entry that is the key or a parent of it; nullptr: there is none.
const KeyUse* use_of(std::string_view key);

// The declared keys that nothing acts on, such as "failover.maxLostTransactions".
std::vector<std::string> declared_not_in_force(const Spec& spec);

}  // namespace gtidops
