// remember: what a look adds to the memory of the servers (model/memory.h), and what a person takes
// from it.
//
// Thread-safety: pure functions. Errors: acknowledge() says that there is nothing of the kind.
#pragma once

#include "base/result.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

// Sets that merely grew are noted at every look (Journal::note), and forced to the disk with
// everything else that is, and else after so long. So what is seen outlives the process, and a
// machine that goes down takes no more than this with it.
inline constexpr Millis kMemoryInterval{60'000};
// The newest acknowledgements are kept; the journal has all.
inline constexpr std::size_t kAcknowledgementsKept = 100;

// The memory after this look.
Memory remembered(const Spec& spec, const Observation& seen, const Intent& intent);

// Must it be forced to the disk now? Sets that merely grew can wait.
bool worth_saving(const Memory& before, const Memory& after, Moment now);
// Is all that is new that sets have grown, so that a note of it will do?
bool merely_grew(const Intent& before, const Intent& after, Moment now);

// Is the established primary among none of the servers seen, though all of them answer, and was the
// one that answers for `primary` never seen by this name? Then the name leads to another server.
bool is_stranger(const Spec& spec, const Observation& seen, const Intent& intent,
                 const std::string& primary);
// The first half of it.
bool established_is_gone(const Spec& spec, const Observation& seen, const Intent& intent);

// Was the server, which is closed, seen to take writes since its mysqld was started? Then neither a
// crash nor a restart has closed it, but somebody: a person, or another controller, who has perhaps
// opened another server instead.
bool closed_by_somebody(const Memory& memory, const ServerState& state);

// Was it provisioned anew since it was `before` under another server_uuid? Then its binary logs
// hold nothing that it held then, for a copy comes with its history purged; and they have begun
// anew, or those of `before` were merely purged, and its auto.cnf removed.
bool provisioned_anew(const ServerState& now, const KnownServer& before);

// What makes the applier of a server pass over errors, where it has a channel:
// "replica_skip_errors= 1062". Like a filter, it leaves transactions out that gtid_executed says
// are there.
std::vector<std::string> passed_over_errors(const ServerState& state);

// Was it closed and then started again, since it was last seen to take writes? False when that is
// not known.
bool restarted_since_open(const Memory& memory, const ServerState& state);
// The first binary log that a server ever wrote ends in .000001.
bool is_first_binary_log(const std::string& log);

// Numbers that the primary (`source`; nullptr: not seen) has lost and will give to others, and this
// server holds as something else: it skips what will bear them. No word of a person changes that.
GtidSet would_skip(const KnownServer& known, const ServerState& state, const ServerState* source);

// A person's word: `asked` with server, rule and who it is, the rest is filled in. kRefused: this
// rule refuses nothing about that server now.
Result<Intent> acknowledge(const Spec& spec, const Observation& seen, const Intent& known,
                           Acknowledgement asked);

}  // namespace gtidops
