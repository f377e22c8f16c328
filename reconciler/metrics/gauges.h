// gauges: the families of gauges that are made anew at every scrape from what is known then. What
// is not known is not set, and so is absent.
//
// Thread-safety: one thread at a time. Errors: none; text that Prometheus would refuse (no UTF-8)
// or that a terminal would obey is written out, and a very long one is cut.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gtidops {

// In the order of the page. The names and the help texts are in gauges.cc.
enum class Gauge {
  kBuildInfo,
  kLeader,
  kConfigLastReloadSuccessful,
  kGitLastSuccess,
  kGitRevisionInfo,
  kSpecValid,
  kReconcileLastSuccess,
  kReconcileInterval,
  kReconcileConsecutiveFailures,
  kTopologyCondition,
  kTopologySuspended,
  kDriftFields,
  kActionsPending,
  kActionsBlocked,
  kWritableServers,
  kFailoverReady,
  kServerUp,
  kServerInfo,
  kServerPrimary,
  kServerReadOnly,
  kReplicationRunning,
  kReplicationLag,
  kReplicationConfiguredDelay,
  kGtidErrantTransactions,
  kGtidMissingTransactions,
  kGtidUnrecoverable,
};

class Gauges {
 public:
  using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

  Gauges();
  void set(Gauge which, Labels labels, double value);
  // Those that were set at least once.
  std::vector<prometheus::MetricFamily> take();

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace gtidops
