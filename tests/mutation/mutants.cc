#include "mutation/mutants.h"

#include <set>
#include <utility>

namespace gtidops::mutation {
namespace {

struct State {
  std::vector<Mutant> all;
  std::optional<std::size_t> left_out;
  std::set<std::size_t> passed;
};

// The files register theirs before main, in any order.
State& state() {
  static State one;
  return one;
}

}  // namespace

const std::vector<Mutant>& all_mutants() { return state().all; }

void leave_out(std::optional<std::size_t> mutant) { state().left_out = mutant; }

std::vector<std::size_t> take_passed() {
  const std::set<std::size_t> passed = std::exchange(state().passed, {});
  return {passed.begin(), passed.end()};
}

Mutants::Mutants(const char* file, std::initializer_list<Site> sites) : first_(state().all.size()) {
  for (const Site& site : sites) {
    // The second one of a place: see mutants.awk.
    const bool again = state().all.size() > first_ && state().all.back().line == site.line;
    state().all.push_back({file, site.line, site.text, again});
  }
}

bool Mutants::left_out(std::size_t site) {
  state().passed.insert(first_ + site);
  return state().left_out == first_ + site;
}

}  // namespace gtidops::mutation
