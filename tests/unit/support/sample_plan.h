// A plan and what came of it, made by hand, so that the tests of reports hold whatever the planner
// decides: three servers, every kind of difference, risk, result and finding.
//
// Thread-safety: pure functions.
#pragma once

#include "model/outcome.h"
#include "model/plan.h"
#include "unit/support/fleet_builder.h"

namespace gtidops::testing {

// db1 the primary, db2 and db3 its replicas.
FleetBuilder sample_fleet();
// 4 steps, of each risk one at least.
Plan sample_plan();
// One of each result.
Outcome sample_outcome();
// Of the same topology: nothing to do.
Plan synced_plan();

}  // namespace gtidops::testing
