// writers: the one census of who takes writes or may take some. Whoever opens a server, undoes a
// switch or judges a third server asks here, and here is said what is remembered of it.
//
// A server is closed (seen with super_read_only ON), open (seen without), or not seen; then it may
// be open by what is remembered (Intent::may_be_open), by a receiver that runs and proves that its
// source is alive, or by an announcement in a heartbeat.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decide/draft.h"

namespace gtidops {

// `old` is the closed primary of a change of roles that an earlier pass left unfinished; nullptr:
// it cannot be seen either. May `unseen` be taken for closed still, as it was then? While `old`
// stands closed, a person or another program may open another server. So this is true only when
// `old` was restarted and not closed by somebody, or when nobody listens at the address of `unseen`
// and at most a minute has passed.
bool stays_closed_unseen(const Draft& draft, const ServerState* old, const std::string& unseen);

// Servers that the memory knows, that the file no longer declares and that are seen under no other
// name, and that may take writes: to take a server out of the file does not close it.
// `established`: only those that were open or may be; else all of them.
struct TakenOut {
  std::string name;  // "db3", or "the server <server_uuid>"
  std::string why;   // why it is not looked at, as a relative clause
  std::string hint;
};
std::vector<TakenOut> taken_out_and_perhaps_open(const Draft& draft, bool established);
// "db3, which the file declares no more".
std::string told(const TakenOut& gone);

// Does a server replicate from this one that is declared to replicate from another?
bool leads_undeclared(const Draft& draft, const std::string& server);
// The channel of this server whose receiver runs and whose source is none of the servers seen; a
// declared source that merely cannot be reached does not count. nullptr: none. `to_be_opened`: this
// is asked before the declared primary is opened. Then a receiver that is still connecting to such
// a source counts too, when no primary is established.
const Channel* source_out_of_sight(const Draft& draft, const std::string& server,
                                   bool to_be_opened = false);
// When any server has such a channel: "<what>: db2 is connected to ...", and what to do about it.
struct Objection {
  std::string why, hint;
};
std::optional<Objection> beside_a_live_source(const Draft& draft, const std::string& what,
                                              bool to_be_opened = false);
// Prepared XA transactions belong to their coordinator: it may have promised to commit them, and XA
// COMMIT works even on a server that refuses writes. What is said of those on this server, whose
// clients may have prepared some; nullopt: it has none, or was not looked at in depth.
std::optional<Objection> prepared_xa_on(const std::string& server, const ServerState& state);
// The same for the servers other than `opened` that were the last to take writes, or may have been:
// what commits there after `opened` was opened would be errant.
std::optional<Objection> prepared_beside(const Draft& draft, const std::string& opened);
bool another_is_followed(const Observation& seen, const std::string& uuid);
bool successor_is_out_of_sight(const Observation& seen, const ServerState& state);
void rule_nobody_follows_the_open_one(Draft& draft);

// Remembers every server that is seen not closed and is not the established primary, and forgets
// each that is seen closed (Intent::super_read_only_off).
void note_open_servers(const Spec& spec, const Observation& seen, Intent& intent);
// The same by server_uuid, in the memory (KnownServer::perhaps_open): a primary that was open went
// out of sight and is no longer the established one, so it may be open.
void note_primaries_left_open(const Observation& seen, const Intent& intent, Memory& memory);
// The primary takes writes although a server that the file no longer declares may be open. A person
// wants it so, or has made it so, and opening the primary again after a restart makes it no worse.
// So that server is not held against the primary any longer.
void forget_who_was_left_open(const Spec& spec, const Observation& seen, const Intent& intent,
                              Memory& memory);

}  // namespace gtidops
