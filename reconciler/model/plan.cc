#include "model/plan.h"

namespace gtidops {

std::vector<Statement> Plan::statements_of(const Step& step) const {
  const auto found = versions.find(server_of(step.action));
  return statements(step.action, found == versions.end() ? kOldestSupported : found->second);
}

}  // namespace gtidops
