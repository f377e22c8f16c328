// Gauges: the families of gauges, which are made anew at every scrape. A value that is not known is
// not set, so its series is absent.
//
// Thread-safety: one thread at a time. Errors: none; in the values of labels, what is no UTF-8 or
// would control a terminal is escaped, and a very long text is cut.
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
  kProvisioningBytes,
  kProvisioningBytesExpected,
  kProvisioningPhase,
};

class Gauges {
 public:
  using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

  Gauges();
  void set(Gauge which, Labels labels, double value);
  // The families with at least one value.
  std::vector<prometheus::MetricFamily> take();

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace gtidops
