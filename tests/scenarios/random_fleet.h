// random_fleet: any topology in any state, made from a number. The same number makes the same fleet
// everywhere.
//
// Thread-safety: a pure function.
#pragma once

#include <cstdint>

#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops::testing {

struct RandomFleet {
  Spec spec;
  Observation seen;
  Intent intent;
};

// How much is wrong: with kMild every server can be reached and nothing is wrong that only a person
// can put right.
enum class Trouble { kMild, kAny };

RandomFleet random_fleet(std::uint32_t seed, Trouble trouble);

}  // namespace gtidops::testing
