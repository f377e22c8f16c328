// SourceLoop: pulls the topology files, and says what is declared: the newest valid revision. A
// revision that is invalid or not signed, and a source that cannot be reached, change only what is
// reported.
//
// Thread-safety: pull() and last_good() by one thread at a time; snapshot() and stop() by any.
// Errors: in the Snapshot.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "loop/topology_loop.h"
#include "metrics/metrics.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/spec_source.h"
#include "report/snapshot.h"

namespace gtidops {

using Specs = std::vector<std::shared_ptr<const Spec>>;

class SourceLoop {
 public:
  // `where`: the URL or folder, without secrets. `only`: the name of the one topology to return;
  // empty: all of them.
  SourceLoop(std::unique_ptr<SpecSource> source, std::string where, bool git, Clock& clock,
             Metrics& metrics, Log log, std::string only = {}, Notifier* notifier = nullptr);

  // The last good revision, without asking the remote; nullopt: there is none.
  std::optional<Specs> last_good();
  // What is declared now; nullopt: nothing new, or nothing valid.
  std::optional<Specs> pull(Millis deadline);
  // Makes a pull that waits for the remote give up; nothing more is reported. From any thread.
  void stop();

  [[nodiscard]] SourceSnapshot snapshot() const;

 private:
  std::optional<Specs> judge(Sourced sourced);
  Specs chosen(std::vector<Spec> specs, const SourceRevision& revision);
  void succeeded();
  void failed(const SourceError& error);
  template <class Change>
  void change(Change change);

  const std::unique_ptr<SpecSource> source_;
  Clock& clock_;
  Metrics& metrics_;
  const Log log_;
  const std::string only_;
  Notifier* const notifier_;              // may be absent
  std::vector<SourceFile> judged_files_;  // of the newest revision that was judged
  std::string judged_commit_;
  bool judged_ = false;
  bool in_force_ = false;  // a valid revision is enforced
  std::string said_;       // the last error, so that it is logged once
  std::atomic<bool> stopping_ = false;

  mutable std::mutex mutex_;
  SourceSnapshot state_;
};

}  // namespace gtidops
