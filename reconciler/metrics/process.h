// process: the standard process_* metrics, of this process, from /proc/self.
//
// Thread-safety: yes. Errors: none; what cannot be read is absent.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace gtidops {

std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace gtidops
