#include "loop/admission.h"

#include <algorithm>

namespace gtidops {
namespace {

// So many passes of slow topologies may run for each place of the others. When CPUs are short, all
// passes are slow, and this limit lets them end. When servers hang, only their own topologies are
// looked at less often than they should be.
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
