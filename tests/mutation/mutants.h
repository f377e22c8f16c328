// Mutants: what can be left out of reconciler/decide, one thing at a time, while the program runs.
// The copies that mutants.awk makes of its files ask here at each place; tests/mutation says which.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace gtidops::mutation {

struct Site {
  int line;
  const char* text;
};

struct Mutant {
  std::string file;
  int line = 0;
  std::string text;       // the line as it stands there
  bool harmless = false;  // it still says what it forbids, and forbids nothing
};

// All of them, in the order of their files and lines.
const std::vector<Mutant>& all_mutants();
// Which one is left out from now on; nullopt: none.
void leave_out(std::optional<std::size_t> mutant);
// Which places were come by since the last call, by their numbers in all_mutants().
std::vector<std::size_t> take_passed();

// Those of one file.
class Mutants {
 public:
  Mutants(const char* file, std::initializer_list<Site> sites);
  bool left_out(std::size_t site);
  template <class Method>
  Method harmless(std::size_t site, Method method, Method instead) {
    return left_out(site) ? instead : method;
  }

 private:
  std::size_t first_;
};

}  // namespace gtidops::mutation
