#include "decide/copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/host.h"
#include "base/words.h"
#include "decide/assess.h"
#include "decide/remember.h"

namespace gtidops {
namespace {

std::string printed(const Address& address) {
  return Address{canonical_host(address.host), address.port}.to_string();
}

// The donor's address, as the recipient shows it for its newest CLONE.
std::optional<Address> donor_address(const CloneStatus& clone) {
  const std::size_t colon = clone.source.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  return Address{clone.source.substr(0, colon), std::atoi(clone.source.c_str() + colon + 1)};
}

// A Binlog_* filter leaves transactions out of the binary logs only; the data, and so a copy, have
// them.
bool is_of_the_binary_log(const std::string& filter) { return filter.rfind("Binlog_", 0) == 0; }

// Everything that the server held at the look before is purged now and was not then: its binary
// logs have begun anew, as in a copy. The same happens after RESET BINARY LOGS AND GTIDS, or when
// log_bin is changed. Only a look with Depth::kDetails shows the first binary log.
bool logs_began_anew(KnownServer& known, const ServerState& state) {
  if (known.purged && !known.executed.empty() && !known.purged->contains(known.executed) &&
      state.gtid_purged.contains(known.executed))
    known.all_purged = true;
  if (!known.all_purged || !state.details || !state.details->first_binary_log) return false;
  known.all_purged = false;
  return is_first_binary_log(*state.details->first_binary_log);
}

// gtid_purged holds transactions that the server did not hold before: they were not replicated,
// somebody set gtid_purged (the usual way to skip what an applier cannot apply). The binary logs
// prove it: they begin anew, or the first one is the same as at the look before, so MySQL has
// purged nothing since. A server that held no replicated transaction was provisioned that way.
void note_decreed(KnownServer& known, const ServerState& state) {
  const GtidSet own = known.executed.of_server(state.server_uuid);
  if (known.executed.subtracted(own).empty()) return;
  const bool unlogged = !state.log_bin || !state.log_replica_updates;
  if (unlogged || known.unlogged) {
    known.unlogged = unlogged;
    known.purged_ahead = {};
    return;
  }
  known.purged_ahead = known.purged_ahead.united(state.gtid_purged.subtracted(known.executed)
                                                     .subtracted(known.lost)
                                                     .subtracted(known.decreed));
  if (known.purged_ahead.empty() || !state.details || !state.details->first_binary_log) return;
  const GtidSet decreed = std::exchange(known.purged_ahead, {});
  const std::string& first = *state.details->first_binary_log;
  const bool same = first == known.first_log && !known.purged_in_the_look;
  if (!is_first_binary_log(first) && !same) return;
  known.decreed = known.decreed.united(decreed);
  known.filters.insert(fmt::format("gtid_purged={}", shortened(decreed)));
}

}  // namespace

bool is_flawed(const KnownServer& known) {
  return !known.filters.empty() || !known.renumbered.empty() || !known.passed_over.empty() ||
         !known.lacks_schemas.empty() || !known.shrunk.empty() || !known.lost.empty();
}

std::set<std::string> addresses_of(const ServerSpec& server) {
  return {printed(server.dialled()), printed(*server.address)};
}

// `known.last_clone` is the newest CLONE that an earlier look showed.
bool Copies::is_new_clone(const KnownServer& known, const ServerState& state) const {
  if (!state.details || !state.details->clone || !known.last_clone) return false;
  const CloneStatus& clone = *state.details->clone;
  return clone.completed() && clone.ended != *known.last_clone;
}

// The name is empty when another server has that name now. Such a server is gone and is not
// considered as a donor.
bool Copies::may_be_copied_from(const KnownServer& known) const { return !known.name.empty(); }

// Donors are found by the address that was cloned from: a declared server's address, or one that a
// server had when it was last seen. An unknown address may be another name of any server; then each
// server that has a flaw counts as a donor.
Copies::Donors Copies::donors_of(const ServerState& state) const {
  Donors donors;
  const auto address = donor_address(*state.details->clone);
  const std::string declared = address ? server_at(spec_, *address) : std::string();
  for (const auto& [uuid, known] : intent_.memory.servers)
    if (uuid != state.server_uuid && !declared.empty() && known.name == declared)
      donors.emplace(uuid, known);
  if (!declared.empty()) return donors;  // may be empty: nothing is known of that server
  for (const auto& [uuid, known] : intent_.memory.servers)
    if (uuid != state.server_uuid && address && known.addresses.count(printed(*address)) > 0)
      donors.emplace(uuid, known);
  if (!donors.empty()) return donors;
  for (const auto& [uuid, known] : intent_.memory.servers)
    if (uuid != state.server_uuid && may_be_copied_from(known) && is_flawed(known))
      donors.emplace(uuid, known);
  return donors;
}

void Copies::inherit(KnownServer& known, const std::string& donor_uuid,
                     const KnownServer& donor) const {
  known.renumbered = known.renumbered.united(donor.renumbered);
  for (const std::string& filter : donor.filters)
    if (!is_of_the_binary_log(filter)) known.filters.insert(filter);
  known.lacks_schemas.insert(donor.lacks_schemas.begin(), donor.lacks_schemas.end());
  known.passed_over = known.passed_over.united(donor.passed_over);
  // The other servers are compared with the primary: a copy of it lacks nothing that it should
  // have.
  if (donor_uuid == intent_.established_primary_uuid) return;
  known.lost = known.lost.united(donor.lost);
  known.shrunk = known.shrunk.united(donor.shrunk);
}

// CLONE into a running server keeps its server_uuid, but replaces its data and their flaws. The
// flaws are not cleared for the established primary, since the other servers are provisioned from
// it, nor for a server that is not closed and may have taken writes already.
void Copies::take_for_a_copy(KnownServer& known, const ServerState& state) const {
  if (state.server_uuid != intent_.established_primary_uuid && state.fenced()) {
    known.lost = known.shrunk = known.renumbered = known.perhaps_renumbered = {};
    known.passed_over = {};
    known.filters.clear();
    known.lacks_schemas.clear();
    known.executed = state.executed_latest();
    known.decreed = {};
  }
  known.purged_ahead = {};
}

void Copies::judge(KnownServer& known, const ServerState& state) {
  // No look has told yet whether this server was made by CLONE.
  if (!known.last_clone) meet(known, state);
  if (is_new_clone(known, state)) {
    const Donors donors = donors_of(state);
    // The donor is no known server, and may have the same flaws: they are kept.
    if (donors.empty()) return note_decreed(known, state);
    take_for_a_copy(known, state);
    for (const auto& [uuid, donor] : donors) {
      inherit(known, uuid, donor);
      copied_[state.server_uuid].insert(uuid);
    }
    return;
  }
  // The clone plugin may have been uninstalled since, and performance_schema.clone_status with it.
  if (logs_began_anew(known, state) && state.server_uuid != intent_.established_primary_uuid)
    for (const auto& [uuid, donor] : intent_.memory.servers)
      if (uuid != state.server_uuid && may_be_copied_from(donor))
        for (const std::string& filter : donor.filters)
          if (!is_of_the_binary_log(filter)) known.filters.insert(filter);
  note_decreed(known, state);
}

// The data directory was copied while both servers were stopped, without auto.cnf: its binary logs
// are those of its donor. Several servers may match, since where nothing was purged their logs
// begin alike and the names of the logs do not differ. Each one that has a flaw counts.
void Copies::meet_by_its_logs(KnownServer& known, const ServerState& state) {
  if (!known.first_log.empty() || !state.details || !state.details->first_binary_log) return;
  for (const auto& [uuid, donor] : intent_.memory.servers) {
    if (uuid == state.server_uuid || !may_be_copied_from(donor) || !is_flawed(donor) ||
        donor.first_log != *state.details->first_binary_log || donor.purged != state.gtid_purged ||
        !state.gtid_executed.subtracted(state.gtid_purged).intersects(donor.executed))
      continue;
    inherit(known, uuid, donor);
    copied_[state.server_uuid].insert(uuid);
  }
}

void Copies::meet(KnownServer& known, const ServerState& state) {
  meet_by_its_logs(known, state);
  if (!state.details || !state.details->clone || !state.details->clone->completed()) return;
  for (const auto& [uuid, donor] : donors_of(state)) {
    inherit(known, uuid, donor);
    copied_[state.server_uuid].insert(uuid);
  }
}

void Copies::hand_on(Memory& memory) const {
  for (std::size_t round = 0; round < copied_.size(); ++round)
    for (const auto& [copy, donors] : copied_)
      for (const std::string& donor : donors) {
        const auto to = memory.servers.find(copy);
        const auto from = memory.servers.find(donor);
        if (to == memory.servers.end() || from == memory.servers.end()) continue;
        inherit(to->second, donor, from->second);
      }
}

}  // namespace gtidops
