// remember: updates the memory of the servers (model/memory.h) after a look, and takes from it what
// a person has acknowledged.
//
// Thread-safety: pure functions. Errors: acknowledge() says that there is nothing to acknowledge.
#pragma once

#include "base/result.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

// Sets that merely grew are noted at every look (Journal::note), so what was seen outlives the
// process. They are forced to the disk with every other save, and at least this often: a machine
// that goes down loses no more than this.
inline constexpr Millis kMemoryInterval{60'000};
// The newest acknowledgements are kept; the journal has all.
inline constexpr std::size_t kAcknowledgementsKept = 100;

// The memory after this look.
Memory remembered(const Spec& spec, const Observation& seen, const Intent& intent);

// Must `after` be forced to the disk now? Sets that merely grew can wait.
bool worth_saving(const Memory& before, const Memory& after, Moment now);
// Have only sets grown, so that Journal::note() is enough?
bool merely_grew(const Intent& before, const Intent& after, Moment now);

// Does the name `primary` lead to another server? It does when all servers answer, none of them is
// the established primary, and the server that answers for `primary` was never seen by this name.
bool is_stranger(const Spec& spec, const Observation& seen, const Intent& intent,
                 const std::string& primary);
// Do all servers answer, and is none of them the established primary?
bool established_is_gone(const Spec& spec, const Observation& seen, const Intent& intent);

// Is the server closed, though it was seen to take writes since its mysqld was started? Then no
// crash and no restart has closed it, but a person or another controller, who has perhaps opened
// another server instead.
bool closed_by_somebody(const Memory& memory, const ServerState& state);

// Was `now` provisioned anew since it was `before` under another server_uuid? A copy comes with its
// history purged, so its binary logs hold nothing that `before` held, and they have begun anew.
// When they continue those of `before`, its history was merely purged and its auto.cnf removed.
bool provisioned_anew(const ServerState& now, const KnownServer& before);

// The settings that make the applier of a server with a channel pass over errors, as
// "replica_skip_errors=1062". Like a filter, they leave out transactions that gtid_executed then
// claims to hold.
std::vector<std::string> passed_over_errors(const ServerState& state);

// Is the server closed, and was its mysqld started again since it was last seen to take writes?
// False when that is not known, or when somebody had closed it before the restart.
bool restarted_since_open(const Memory& memory, const ServerState& state);
// The first binary log that a server ever wrote ends in .000001.
bool is_first_binary_log(const std::string& log);

// The transactions of this server whose numbers the primary (`source`; nullptr: not seen) has lost
// and will give to others, which this server would skip. No acknowledgement changes that.
GtidSet would_skip(const KnownServer& known, const ServerState& state, const ServerState* source);

// A person's acknowledgement: `asked` has server, rule, reason and who it is. kRefused: the rule
// refuses nothing about that server now, the server cannot be read, or it would_skip() something.
Result<Intent> acknowledge(const Spec& spec, const Observation& seen, const Intent& known,
                           Acknowledgement asked);

}  // namespace gtidops
