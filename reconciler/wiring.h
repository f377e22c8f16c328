// wiring: the only file that names the real implementations behind the ports.
//
// Thread-safety: each function may be called from any thread; what it returns says its own.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "loop/topology_loop.h"
#include "model/run_config.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/journal.h"
#include "ports/notifier.h"
#include "ports/spec_source.h"
#include "report/history.h"

namespace gtidops {

std::unique_ptr<Clock> make_clock();
// To look at the servers.
std::unique_ptr<Fleet> make_fleet(const Spec& spec);
// To change them, too: its sessions say who that is. `holder`: as make_journal() has it.
std::unique_ptr<Fleet> make_acting_fleet(const Spec& spec, const std::string& state_dir,
                                         const std::string& holder = "gtidops apply");
// Takes the topology's lease; kRefused says who holds it. `holder`: what others are told of us.
Result<std::unique_ptr<Journal>> make_journal(const std::string& state_dir,
                                              const std::string& topology,
                                              const std::string& holder = "gtidops apply");
// Where `gtidops run` has its topology files from, and what may be shown of it.
Status check_spec_source(const RunConfig& config);
std::unique_ptr<SpecSource> make_spec_source(const RunConfig& config, const std::string& state_dir);
std::string shown_source(const RunConfig& config);
// Whoever is to be told of changes; who is told of nothing when nobody is configured.
std::unique_ptr<Notifier> make_notifier(const RunConfig& config, const Log& log);
// The intent as last saved, without the lease, for who only looks; a fresh one when there is none.
Result<Intent> peek_intent(const std::string& state_dir, const std::string& topology);
// What was done lately; none when there is no such file, or a damaged one.
History read_history(const std::string& state_dir, const std::string& topology);
// REQUIRES: the lease is held.
Status write_history(const std::string& state_dir, const std::string& topology,
                     const History& history);
// Can the secret be read now? The value is thrown away.
Status check_secret(const SecretRef& secret);

}  // namespace gtidops
