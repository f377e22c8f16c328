// Rng: the simulation's only source of chance. The same seed gives the same numbers on every
// machine, which the standard library's distributions do not promise.
//
// Thread-safety: one thread at a time. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gtidops::sim {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood 2014): small, fast, and every seed is a good one.
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  // Both ends included. REQUIRES: low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto span = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(next() % span);
  }
  bool chance(double probability) {
    return static_cast<double>(next() >> 11U) < probability * 9007199254740992.0;
  }
  // REQUIRES: not empty.
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(next() % from.size())];
  }
  // A generator of its own, so that what one part draws does not change what another one gets.
  Rng split() { return Rng(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace gtidops::sim
