#include "loop/admission.h"

#include <algorithm>

namespace gtidops {
namespace {

// Of those that took long the last time, for each of the others. Where CPUs are short all take
// long, and then it is this that lets them end; where servers hang, their topologies are looked at
// less often than they should be, and no other.
constexpr std::size_t kSlowForEach = 4;

}  // namespace

bool Admission::admits(const std::string& name, Millis now) {
  if (slow_.count(name) > 0) return began_.size() - young_.size() < kSlowForEach * most_;
  for (auto one = young_.begin(); one != young_.end();)
    one = now - one->second >= moment_ ? young_.erase(one) : std::next(one);
  return young_.size() < most_;
}

void Admission::began(const std::string& name, Millis now) {
  began_[name] = now;
  if (slow_.count(name) == 0) young_[name] = now;
}

void Admission::ended(const std::string& name, Millis now) {
  young_.erase(name);
  const auto found = began_.find(name);
  if (found == began_.end()) return;
  if (now - found->second >= moment_)
    slow_.insert(name);
  else
    slow_.erase(name);
  began_.erase(found);
}

void Admission::forget(const std::string& name) {
  began_.erase(name);
  young_.erase(name);
  slow_.erase(name);
}

std::optional<Millis> Admission::next() const {
  const auto first =
      std::min_element(young_.begin(), young_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return first == young_.end() ? std::nullopt : std::optional(first->second + moment_);
}

}  // namespace gtidops
