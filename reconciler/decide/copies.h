// copies: what comes to a server not by replication but as a whole: a CLONE, a gtid_purged that
// somebody has set. Whatever is wrong with the donor is wrong with the copy, though its GTIDs are
// in order and the donor is perhaps gone.
//
// Thread-safety: plain values, of one look. Errors: none.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops {

// Where it is dialled and where clients find it, in one spelling: "127.0.0.1:3306".
std::set<std::string> addresses_of(const ServerSpec& server);

class Copies {
 public:
  Copies(const Spec& spec, const Observation& seen, const Intent& intent)
      : spec_(spec), seen_(seen), intent_(intent) {}

  // Before `known` is brought up to date by this look at a server that is known: was it copied
  // since, or its gtid_purged set?
  void judge(KnownServer& known, const ServerState& state);
  // Of a server that is met for the first time.
  void meet(KnownServer& known, const ServerState& state);
  // When all of a look are known: a donor was perhaps a copy itself, of the same look.
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
  // server_uuid of a copy: those of its donor, or of each that may have been it.
  std::map<std::string, std::set<std::string>> copied_;
};

}  // namespace gtidops
