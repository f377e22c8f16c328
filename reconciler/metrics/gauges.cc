#include "metrics/gauges.h"

#include <algorithm>
#include <array>

#include "report/style.h"

namespace gtidops {
namespace {

// No name, version or address is longer, but a commit's author can be any text.
constexpr std::size_t kLongestLabel = 200;

struct Described {
  Gauge which;
  const char* name;
  const char* help;
};

constexpr std::array kGauges{
    Described{Gauge::kBuildInfo, "gtidops_build_info",
              "Always 1; the labels say which gtidops this is."},
    Described{Gauge::kLeader, "gtidops_leader",
              "1 when this process holds the topology's lease and may change its servers, else 0."},
    Described{
        Gauge::kConfigLastReloadSuccessful, "gtidops_config_last_reload_successful",
        "1 when the daemon's own configuration file could be read the last time it was, else 0."},
    Described{Gauge::kGitLastSuccess, "gtidops_git_last_success_timestamp_seconds",
              "When the git remote last answered, or the folder of specifications was last read."},
    Described{Gauge::kGitRevisionInfo, "gtidops_git_revision_info",
              "Always 1; the labels name the commit that is enforced, and its author."},
    Described{Gauge::kSpecValid, "gtidops_spec_valid",
              "1 when the newest revision of the specifications is valid; 0 when it is not, and an "
              "older one is enforced."},
    Described{Gauge::kReconcileLastSuccess, "gtidops_reconcile_last_success_timestamp_seconds",
              "When a pass over the topology last ended well."},
    Described{Gauge::kReconcileInterval, "gtidops_reconcile_interval_seconds",
              "How often a pass is to be made: reconcile.interval of the specification."},
    Described{Gauge::kReconcileConsecutiveFailures, "gtidops_reconcile_consecutive_failures",
              "How many passes failed since the last one that ended well."},
    Described{Gauge::kTopologyCondition, "gtidops_topology_condition",
              "1 for the status that the condition has, 0 for its two others. Ready: the declared "
              "primary takes writes and all is healthy."},
    Described{Gauge::kTopologySuspended, "gtidops_topology_suspended",
              "1 while the specification says to keep hands off (suspend.enabled), else 0."},
    Described{Gauge::kDriftFields, "gtidops_drift_fields",
              "How many values of the live servers differ from what is declared."},
    Described{Gauge::kActionsPending, "gtidops_actions_pending",
              "Steps of the plan that are still to be done, by what they may do to clients."},
    Described{Gauge::kActionsBlocked, "gtidops_actions_blocked",
              "Refusals in the plan, by the safety rule that made them."},
    Described{Gauge::kWritableServers, "gtidops_writable_servers",
              "How many of the servers that could be read accept writes: 1 is right, 2 is a split "
              "brain. Absent when none could be read."},
    Described{Gauge::kFailoverReady, "gtidops_failover_ready",
              "1 when some replica could take over now without a person: reachable, promotable, "
              "replicating, and nothing of its history missing or its own. Absent while the "
              "primary cannot be read."},
    Described{
        Gauge::kServerUp, "gtidops_server_up",
        "1 when the server could be read; 0 when it could not, and then nothing else is said of "
        "it."},
    Described{
        Gauge::kServerInfo, "gtidops_server_info",
        "Always 1; the labels say what the server is, and what it does whatever is declared."},
    Described{Gauge::kServerPrimary, "gtidops_server_primary",
              "1 when the server is the primary, else 0: as the specification declares it, or as "
              "it was observed."},
    Described{Gauge::kServerReadOnly, "gtidops_server_read_only",
              "1 when read_only or super_read_only keeps clients from writing, else 0."},
    Described{Gauge::kReplicationRunning, "gtidops_replication_running",
              "1 when the channel's thread runs, 0 when it is stopped or still connecting. The "
              "default channel's name is empty."},
    Described{Gauge::kReplicationLag, "gtidops_replication_lag_seconds",
              "How far the channel is behind its source. Absent when it cannot be told."},
    Described{Gauge::kReplicationConfiguredDelay, "gtidops_replication_configured_delay_seconds",
              "SOURCE_DELAY of the channel: how far it is behind on purpose."},
    Described{Gauge::kGtidErrantTransactions, "gtidops_gtid_errant_transactions",
              "Transactions that the server has executed and the primary has not. Absent when "
              "either cannot be read."},
    Described{Gauge::kGtidMissingTransactions, "gtidops_gtid_missing_transactions",
              "Transactions of the primary that the server has not executed. Absent when either "
              "cannot be read."},
    Described{Gauge::kGtidUnrecoverable, "gtidops_gtid_unrecoverable",
              "1 when the server's declared source has purged binary logs that the server still "
              "needs, so that it must be provisioned again; else 0."},
    Described{Gauge::kProvisioningBytes, "gtidops_provisioning_bytes",
              "Bytes copied so far into the server. Absent when no copy into it is under way."},
    Described{Gauge::kProvisioningBytesExpected, "gtidops_provisioning_bytes_expected",
              "Bytes that the copy into the server will have, as far as MySQL knows."},
    Described{Gauge::kProvisioningPhase, "gtidops_provisioning_phase",
              "Always 1, while a copy into the server is under way; the label says what runs, in "
              "MySQL's words."},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kGauges.size(); ++i)
    if (static_cast<std::size_t>(kGauges.at(i).which) != i) return false;
  return true;
}
static_assert(in_order(), "kGauges is indexed by Gauge");

std::string label_value(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~';  // most texts, which need no escaping
  });
  if (plain && text.size() <= kLongestLabel) return std::string(text);
  return printable(text.substr(0, kLongestLabel));
}

}  // namespace

Gauges::Gauges() : families_(kGauges.size()) {
  for (std::size_t i = 0; i < kGauges.size(); ++i) {
    families_[i].name = kGauges.at(i).name;
    families_[i].help = kGauges.at(i).help;
    families_[i].type = prometheus::MetricType::Gauge;
  }
}

void Gauges::set(Gauge which, Labels labels, double value) {
  prometheus::ClientMetric metric;
  metric.label.reserve(labels.size());
  for (const auto& [name, text] : labels) metric.label.push_back({name, label_value(text)});
  metric.gauge.value = value;
  families_[static_cast<std::size_t>(which)].metric.push_back(std::move(metric));
}

std::vector<prometheus::MetricFamily> Gauges::take() {
  families_.erase(std::remove_if(families_.begin(), families_.end(),
                                 [](const auto& family) { return family.metric.empty(); }),
                  families_.end());
  return std::move(families_);
}

}  // namespace gtidops
