// hints: advice to a person about actions that could destroy data, each worded in one place. It
// never says to provision a server anew without mentioning what only that server may hold.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "decide/draft.h"

namespace gtidops {

// "provision it anew". Where the server holds or has received transactions that the donor of a copy
// lacks, the hint says how to keep them first; that a third server holds them too does not matter,
// since it gets the same hint. While it is undecided which server holds the truth
// (primary-diverged, primary-behind), it does not say "provision it anew". `how`: what follows
// these words, such as " from a backup".
std::string provision_hint(const Draft& draft, const std::string& server,
                           const std::string& how = {});

// How to remove a channel. What it has received must be applied first, because it is deleted with
// the channel.
std::string reset_hint(const ServerState& state, const Channel& channel);

// How a person makes a server the primary by hand while no other server takes writes.
std::string opening_by_hand(const std::string& server);
// What to do when a replica holds transactions under GTIDs that the primary has lost, and its data
// are right nevertheless.
std::string equal_data_hint(const std::string& primary);

// How a person makes `wanted` the primary in place of a server that is `gone`. When another server
// in sight holds more (executed or received), the hint names that one first: what `wanted` lacks
// would be lost.
std::string taking_over_by_hand(const Draft& draft, const std::string& wanted,
                                const std::string& gone);

// The hint while a server that is out of sight, or that gtidops may not touch, may take writes.
inline constexpr const char* kMayBeOpenHint =
    "bring them up, or make them read-only; only when it is certain that one will never take "
    "writes "
    "again may it be taken out of the file";

// Two servers take writes, and gtidops may not touch `server`.
std::string two_writable_hint(const std::string& server, const std::string& primary);

// The declared primary holds no data and `server` does: what a person decides then.
std::string perhaps_the_primary_hint(const std::string& server, const std::string& declared);

// The command with which a person acknowledges a refusal.
std::string acknowledge_hint(const std::string& server, const char* rule);

}  // namespace gtidops
