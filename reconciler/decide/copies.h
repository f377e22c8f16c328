// copies: data that reach a server as a whole and not by replication: a CLONE, or a gtid_purged
// that somebody set. What is wrong with the donor is wrong with the copy too, although its GTIDs
// look right and the donor may be gone.
//
// Thread-safety: a Copies belongs to one look and is used by one thread. Errors: none.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops {

// The addresses in `address` and `replicationAddress`, in one spelling: "127.0.0.1:3306".
std::set<std::string> addresses_of(const ServerSpec& server);

// Is something wrong with what it holds, so that it would be wrong with a copy of it, too?
bool is_flawed(const KnownServer& known);

class Copies {
 public:
  Copies(const Spec& spec, const Observation& seen, const Intent& intent)
      : spec_(spec), seen_(seen), intent_(intent) {}

  // Was this server copied, or its gtid_purged set, since the look before? Called before `known` is
  // brought up to date by this look.
  void judge(KnownServer& known, const ServerState& state);
  // For a server that is seen for the first time.
  void meet(KnownServer& known, const ServerState& state);
  // Called when all servers of a look are judged: a donor may itself be a copy that the same look
  // found.
  void hand_on(Memory& memory) const;

 private:
  using Donors = std::map<std::string, KnownServer>;

  [[nodiscard]] bool is_new_clone(const KnownServer& known, const ServerState& state) const;
  [[nodiscard]] Donors donors_of(const ServerState& state) const;
  [[nodiscard]] bool may_be_copied_from(const KnownServer& known) const;
  void meet_by_its_logs(KnownServer& known, const ServerState& state);
  void inherit(KnownServer& known, const std::string& donor_uuid, const KnownServer& donor) const;
  void take_for_a_copy(KnownServer& known, const ServerState& state) const;

  const Spec& spec_;
  const Observation& seen_;
  const Intent& intent_;
  // By the copy's server_uuid: its donor, or each server that may have been the donor.
  std::map<std::string, std::set<std::string>> copied_;
};

}  // namespace gtidops
