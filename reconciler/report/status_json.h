// status_json: the observed state of topologies as JSON, for `status -o json` and GET
// /api/v1/topologies (contract, "JSON out"; schemas/status.schema.json). What could not be read is
// null.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "report/snapshot.h"
#include "report/status_report.h"

namespace gtidops {

// {"format_version":"1.0","topologies":[...]}, ends in a newline. With a daemon, also where the
// specifications come from, and what is wrong with the newest ones.
std::string statuses_json(const std::vector<StatusReport>& reports,
                          const DaemonSnapshot* daemon = nullptr);

// One element of that list by itself: GET /api/v1/topologies/NAME.
std::string status_json(const StatusReport& report);

}  // namespace gtidops
