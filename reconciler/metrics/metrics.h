// Metrics: what Prometheus scrapes (contract, section 5). Gauges are made from a snapshot at the
// moment of the scrape, so a value that is not known is absent. Counters and histograms are counted
// here as things happen.
//
// Thread-safety: any thread. Errors: none.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "report/snapshot.h"

namespace gtidops {

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  void git_fetched(const std::string& result, double seconds);  // success|failure|timeout
  void git_verification_failed();
  // `result`: as in PassRecord::result.
  void reconciled(const std::string& topology, const std::string& result);
  // look|plan|execute|total
  void reconcile_took(const std::string& topology, const std::string& phase, double seconds);
  // done|skipped|failed|refused
  void acted(const std::string& topology, const std::string& action, const std::string& result,
             double seconds);
  // A look at the server failed; `reason`: its reason_name().
  void connection_failed(const std::string& topology, const std::string& server,
                         const std::string& reason);
  void primary_changed(const std::string& topology, const PrimaryChangeRecord& record);
  // A copy into a server has ended. `method`: "clone"; `seconds`: nullopt when nobody knows.
  void provisioned(const std::string& topology, const std::string& method, bool done,
                   std::optional<double> seconds);
  void http_request(const std::string& handler, int code);
  // Removes the series of a topology that was let go.
  void forget(const std::string& topology);

  // The metrics in the text exposition format, those of the process (process_*) included.
  [[nodiscard]] std::string scrape(const DaemonSnapshot& snapshot) const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
