// hints: what a person is told to do where it could destroy something, worded in one place: never
// to provision a server anew without a word of what only it may hold.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "decide/draft.h"

namespace gtidops {

// "provision it anew"; where it holds, or has received, transactions that the server which a copy
// would come from does not hold: how to keep those first. That another one holds them too is no
// reason: it would be told the same. Nor is it said as long as it is not decided who holds the
// truth (primary-diverged, primary-behind).
// `how`: what follows these words, " from a backup".
std::string provision_hint(const Draft& draft, const std::string& server,
                           const std::string& how = {});

// How to be rid of a channel: what it has received and not applied goes with it, so that is applied
// first.
std::string reset_hint(const ServerState& state, const Channel& channel);

// How a person makes a server the primary by hand, while no other one takes writes.
std::string opening_by_hand(const std::string& server);
// A replica holds numbers that the primary has lost, and its data are right nevertheless.
std::string equal_data_hint(const std::string& primary);

// The same in place of one that is `gone`: whoever of those in sight holds the most, executed and
// received, comes before the one that was wanted, for what that one lacks would be lost.
std::string taking_over_by_hand(const Draft& draft, const std::string& wanted,
                                const std::string& gone);

// While a server out of sight, or one that gtidops may not touch, may take writes.
inline constexpr const char* kMayBeOpenHint =
    "bring them up, or make them read-only; only when it is certain that one will never take "
    "writes "
    "again may it be taken out of the file";

// Two servers take writes, and this one may not be touched.
std::string two_writable_hint(const std::string& server, const std::string& primary);

// The command by which a person says that they have judged a refusal.
std::string acknowledge_hint(const std::string& server, const char* rule);

}  // namespace gtidops
