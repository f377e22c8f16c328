#include "sim/checkers/checker.h"

namespace gtidops::sim {

std::vector<std::unique_ptr<Checker>> all_checkers() {
  std::vector<std::unique_ptr<Checker>> all;
  all.push_back(one_writer());
  all.push_back(history_kept());
  // Before the next one: what is not replicated in the end is a matter of convergence first.
  all.push_back(converges());
  all.push_back(nothing_lost());
  all.push_back(writes_blocked_briefly());
  all.push_back(lease_obeyed());
  all.push_back(one_actor());
  all.push_back(nothing_copied_over());
  return all;
}

}  // namespace gtidops::sim
