// Position: where in a file a value stood, to point a person at it.
//
// Thread-safety: a plain value.
#pragma once

namespace gtidops {

struct Position {
  int line = 0;    // counts from 1; 0: not from a file
  int column = 0;  // counts from 1
  friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace gtidops
