// status_text: the observed state of a topology for a terminal: a tree of its servers, its
// conditions, what differs and what is refused.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "report/status_report.h"
#include "report/style.h"

namespace gtidops {

std::string status_text(const StatusReport& report, const Style& style);

}  // namespace gtidops
