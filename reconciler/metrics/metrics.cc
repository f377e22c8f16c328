#include "metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <streambuf>

#include "metrics/family.h"
#include "metrics/gauges.h"
#include "metrics/process.h"
#include "metrics/topology_gauges.h"

namespace gtidops {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

// In seconds. A fetch takes from a few milliseconds in a LAN up to its deadline.
const Buckets kFetchBuckets{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
// A look takes milliseconds; a pass that provisions takes hours.
const Buckets kPassBuckets{0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800};
const Buckets kActionBuckets{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200};
const Buckets kChangeBuckets{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300};
// A copy takes from seconds to a day.
const Buckets kProvisioningBuckets{1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400};
// Blocked writes: clients notice milliseconds.
const Buckets kBlockedBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,   0.5,   1,      2.5,   5,    10,    30,   60};

// Appends to a string without a copy: the page of a thousand topologies has megabytes.
class StringBuffer : public std::streambuf {
 public:
  explicit StringBuffer(std::string& text) : text_(text) {}

 protected:
  int_type overflow(int_type c) override {
    if (!traits_type::eq_int_type(c, traits_type::eof())) text_ += traits_type::to_char_type(c);
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* at, std::streamsize size) override {
    text_.append(at, static_cast<std::size_t>(size));
    return size;
  }

 private:
  std::string& text_;
};

void set_daemon_gauges(const DaemonSnapshot& snapshot, Gauges& gauges) {
  gauges.set(Gauge::kBuildInfo, {{"version", GTIDOPS_VERSION}, {"compiler", __VERSION__}}, 1);
  gauges.set(Gauge::kConfigLastReloadSuccessful, {}, snapshot.reload_successful ? 1 : 0);
  const SourceSnapshot& source = snapshot.source;
  if (source.last_success)
    gauges.set(Gauge::kGitLastSuccess, {},
               std::chrono::duration<double>(source.last_success->time_since_epoch()).count());
  if (source.revision)
    gauges.set(Gauge::kGitRevisionInfo, {{"revision", *source.revision}, {"author", source.author}},
               1);
  // Before the first read, the specifications are neither valid nor invalid.
  if (source.last_success || source.seen_revision || !source.errors.empty())
    gauges.set(Gauge::kSpecValid, {}, source.spec_valid ? 1 : 0);
}

const std::string& label_of(const prometheus::ClientMetric& metric, const char* name) {
  static const std::string kNone;
  for (const auto& label : metric.label)
    if (label.name == name) return label.value;
  return kNone;
}

// Leaves out servers that are no longer in their specification. Their counters are kept, because a
// counter must not go backwards when the server comes back.
void leave_out_removed_servers(const DaemonSnapshot& snapshot,
                               std::vector<prometheus::ClientMetric>& metrics) {
  std::map<std::string, const Spec*> specs;
  for (const auto& topology : snapshot.topologies)
    specs.emplace(*topology->spec->name, topology->spec.get());
  metrics.erase(std::remove_if(metrics.begin(), metrics.end(),
                               [&](const auto& metric) {
                                 const auto spec = specs.find(label_of(metric, "topology"));
                                 return spec != specs.end() &&
                                        spec->second->server(label_of(metric, "server")) == nullptr;
                               }),
                metrics.end());
}

}  // namespace

struct Metrics::Inner {
  // Held while a series is found and counted, so that forget() cannot remove it in between.
  std::mutex mutex;
  prometheus::Registry registry;

  SeriesFamily<Counter> git_fetches{registry, "gtidops_git_fetches_total",
                                    "Fetches from the git remote, by result."};
  SeriesFamily<Counter> git_verification_failures{
      registry, "gtidops_git_verification_failures_total",
      "Commits that were refused because their signature is missing or not trusted."};
  SeriesFamily<Counter> reconciles{registry, "gtidops_reconciles_total",
                                   "Passes over the topology, by what came of them."};
  SeriesFamily<Counter> actions{registry, "gtidops_actions_total",
                                "Steps that were run, by kind and result."};
  SeriesFamily<Counter> connection_errors{registry, "gtidops_mysql_connection_errors_total",
                                          "Looks at a server that failed, by reason."};
  SeriesFamily<Counter> primary_changes{
      registry, "gtidops_primary_changes_total",
      "Changes of the primary: planned (switchover) and not (failover), by result."};
  SeriesFamily<Counter> provisionings{registry, "gtidops_provisionings_total",
                                      "Copies into a server that have ended, by result."};
  SeriesFamily<Counter> http_requests{registry, "gtidops_http_requests_total",
                                      "HTTP requests that were answered, by handler and status."};
  SeriesFamily<Histogram> fetch_time{registry, "gtidops_git_fetch_duration_seconds",
                                     "How long fetches from the git remote took."};
  SeriesFamily<Histogram> pass_time{registry, "gtidops_reconcile_duration_seconds",
                                    "How long passes took, by phase; total is all of it."};
  SeriesFamily<Histogram> action_time{registry, "gtidops_action_duration_seconds",
                                      "How long steps took that were done or failed, by kind."};
  SeriesFamily<Histogram> change_time{
      registry, "gtidops_primary_change_duration_seconds",
      "How long changes of the primary took, preparations included."};
  SeriesFamily<Histogram> provisioning_time{registry, "gtidops_provisioning_duration_seconds",
                                            "How long copies into a server took that succeeded."};
  SeriesFamily<Histogram> blocked_time{
      registry, "gtidops_writes_blocked_seconds",
      "How long a change of the primary kept clients from writing: from asking the old primary to "
      "refuse writes until a primary took them."};
};

Metrics::Metrics() : inner_(std::make_unique<Inner>()) {
  // These series exist from the start, so that the first failure is an increase.
  for (const char* result : {"success", "failure", "timeout"})
    inner_->git_fetches.at("", {{"result", result}});
  inner_->git_verification_failures.at("", {});
}
Metrics::~Metrics() = default;

void Metrics::git_fetched(const std::string& result, double seconds) {
  const std::lock_guard lock(inner_->mutex);
  inner_->git_fetches.at("", {{"result", result}}).Increment();
  inner_->fetch_time.at("", {}, kFetchBuckets).Observe(seconds);
}

void Metrics::git_verification_failed() {
  const std::lock_guard lock(inner_->mutex);
  inner_->git_verification_failures.at("", {}).Increment();
}

void Metrics::reconciled(const std::string& topology, const std::string& result) {
  const std::lock_guard lock(inner_->mutex);
  for (const char* known : {"synced", "changed", "failed", "refused", "pending"})
    inner_->reconciles.at(topology, {{"result", known}});
  for (const char* type : {"switchover", "failover"})
    for (const char* known : {"done", "undone", "failed"})
      inner_->primary_changes.at(topology, {{"type", type}, {"result", known}});
  for (const char* known : {"done", "failed"})
    inner_->provisionings.at(topology, {{"method", "clone"}, {"result", known}});
  inner_->reconciles.at(topology, {{"result", result}}).Increment();
}

void Metrics::reconcile_took(const std::string& topology, const std::string& phase,
                             double seconds) {
  const std::lock_guard lock(inner_->mutex);
  inner_->pass_time.at(topology, {{"phase", phase}}, kPassBuckets).Observe(seconds);
}

void Metrics::acted(const std::string& topology, const std::string& action,
                    const std::string& result, double seconds) {
  const std::lock_guard lock(inner_->mutex);
  inner_->actions.at(topology, {{"action", action}, {"result", result}}).Increment();
  // A step that was skipped or refused takes no time worth recording.
  if (result == "done" || result == "failed")
    inner_->action_time.at(topology, {{"action", action}}, kActionBuckets).Observe(seconds);
}

void Metrics::connection_failed(const std::string& topology, const std::string& server,
                                const std::string& reason) {
  const std::lock_guard lock(inner_->mutex);
  inner_->connection_errors.at(topology, {{"server", server}, {"reason", reason}}).Increment();
}

void Metrics::primary_changed(const std::string& topology, const PrimaryChangeRecord& record) {
  const std::lock_guard lock(inner_->mutex);
  inner_->primary_changes.at(topology, {{"type", record.type}, {"result", record.result}})
      .Increment();
  inner_->change_time.at(topology, {{"type", record.type}}, kChangeBuckets).Observe(record.seconds);
  if (record.change.writes_blocked_ms > 0)  // 0: the change blocked no client
    inner_->blocked_time.at(topology, {{"type", record.type}}, kBlockedBuckets)
        .Observe(record.change.writes_blocked_ms / 1000);
}

void Metrics::provisioned(const std::string& topology, const std::string& method, bool done,
                          std::optional<double> seconds) {
  const std::lock_guard lock(inner_->mutex);
  inner_->provisionings.at(topology, {{"method", method}, {"result", done ? "done" : "failed"}})
      .Increment();
  if (done && seconds)
    inner_->provisioning_time.at(topology, {{"method", method}}, kProvisioningBuckets)
        .Observe(*seconds);
}

void Metrics::http_request(const std::string& handler, int code) {
  const std::lock_guard lock(inner_->mutex);
  inner_->http_requests.at("", {{"handler", handler}, {"code", std::to_string(code)}}).Increment();
}

void Metrics::forget(const std::string& topology) {
  if (topology.empty()) return;  // what belongs to no topology stays
  const std::lock_guard lock(inner_->mutex);
  for (auto* family : {&inner_->reconciles, &inner_->actions, &inner_->connection_errors,
                       &inner_->primary_changes, &inner_->provisionings})
    family->forget(topology);
  for (auto* family : {&inner_->pass_time, &inner_->action_time, &inner_->change_time,
                       &inner_->blocked_time, &inner_->provisioning_time})
    family->forget(topology);
}

std::string Metrics::scrape(const DaemonSnapshot& snapshot) const {
  Gauges gauges;
  set_daemon_gauges(snapshot, gauges);
  for (const auto& topology : snapshot.topologies) set_topology_gauges(*topology, gauges);
  auto families = gauges.take();
  for (auto& family : inner_->registry.Collect()) {
    if (family.name == "gtidops_mysql_connection_errors_total")
      leave_out_removed_servers(snapshot, family.metric);
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  for (auto& family : process_metrics()) families.push_back(std::move(family));
  std::string text;
  StringBuffer buffer(text);
  std::ostream out(&buffer);
  prometheus::TextSerializer().Serialize(out, families);
  return text;
}

}  // namespace gtidops
