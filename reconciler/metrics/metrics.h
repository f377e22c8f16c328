// Metrics: what Prometheus scrapes (contract, section 5). Gauges are made from a Snapshot at the
// moment of the scrape, so that what is not known is absent; counters and histograms are counted
// here as things happen.
//
// Thread-safety: any thread. Errors: none.
#pragma once

#include <memory>
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
  // As PassRecord::result has it.
  void reconciled(const std::string& topology, const std::string& result);
  // look|plan|execute|total
  void reconcile_took(const std::string& topology, const std::string& phase, double seconds);
  // done|skipped|failed|refused
  void acted(const std::string& topology, const std::string& action, const std::string& result,
             double seconds);
  // Of servers that could not be read: reason_name() of it.
  void connection_failed(const std::string& topology, const std::string& server,
                         const std::string& reason);
  void primary_changed(const std::string& topology, const PrimaryChangeRecord& record);
  void http_request(const std::string& handler, int code);
  // A topology that was let go, or a server of one, has no series any more.
  void forget(const std::string& topology);

  // The text exposition format, the process' own metrics too.
  [[nodiscard]] std::string scrape(const DaemonSnapshot& snapshot) const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
