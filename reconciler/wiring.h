// wiring: the functions that create the real implementations of the ports. No other file names
// them.
//
// Thread-safety: each function may be called from any thread; the returned objects state their own.
// Errors: as each function says.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "loop/topology_loop.h"
#include "model/run_config.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/notifier.h"
#include "ports/spec_source.h"
#include "ports/state.h"
#include "report/history.h"

namespace gtidops {

std::unique_ptr<Clock> make_clock();
// A fleet that only looks at the servers.
std::unique_ptr<Fleet> make_fleet(const Spec& spec);
// A fleet that may also change the servers. Its sessions carry the holder's name as a connection
// attribute, so that others can see who acts. `holder`: as for open_state().
std::unique_ptr<Fleet> make_acting_fleet(const Spec& spec, const std::string& state_dir,
                                         const std::string& holder = "gtidops apply");
// Takes the topology's lease; kRefused says who holds it. `holder`: the name that others are shown.
Result<std::unique_ptr<OpenState>> open_state(const std::string& state_dir,
                                              const std::string& topology,
                                              const std::string& holder = "gtidops apply");
// For `gtidops run`: check the settings of the source of the topology files without contacting it;
// the source itself; and its name without secrets, for display.
Status check_spec_source(const RunConfig& config);
std::unique_ptr<SpecSource> make_spec_source(const RunConfig& config, const std::string& state_dir);
std::string shown_source(const RunConfig& config);
// Passes each notice to every configured receiver; does nothing when none is configured.
std::unique_ptr<Notifier> make_notifier(const RunConfig& config, const Log& log);
// The intent as last saved, read without the lease, for callers that only look. A fresh intent if
// none was saved.
Result<Intent> peek_intent(const std::string& state_dir, const std::string& topology);
// The history of passes and changes of roles; empty if the file is missing or damaged.
History read_history(const std::string& state_dir, const std::string& topology);
// REQUIRES: the lease is held.
Status write_history(const std::string& state_dir, const std::string& topology,
                     const History& history);
// Checks that the secret can be read now. The value is discarded.
Status check_secret(const SecretRef& secret);

}  // namespace gtidops
