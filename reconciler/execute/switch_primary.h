// PrimarySwitch: runs a planned switch: catch up, freeze, wait, open; and undoes it when it fails
// before the opening. README.md has an overview ("A change of roles").
//
// What holds at every line: the new primary is told to open only when the old one is known to
// refuse writes, and its last transaction is known to be on the new one. Whatever fails before that
// is undone; afterwards the switch can only go forward. A lost reply means unknown: a look decides,
// and where no look can, nothing is opened.
//
// Thread-safety: one thread at a time. Errors: run() says what went wrong, and in what state it
// left the servers.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "execute/run_plan.h"
#include "execute/sessions.h"
#include "model/actions/role_change.h"

namespace gtidops {

class PrimarySwitch {
 public:
  struct Hooks {
    std::function<void(const std::string&)> tell;              // progress, for a person
    std::function<Status(const PointReplica&)> point_replica;  // moves one, and waits for it
  };

  PrimarySwitch(const SwitchPrimary& action, const std::string& topology, const RunPorts& ports,
                const RunOptions& options, Hooks hooks)
      : action_(action),
        topology_(topology),
        fleet_(ports.fleet),
        clock_(ports.clock),
        state_(ports.state),
        options_(options),
        hooks_(std::move(hooks)) {}

  // On success: a note for the report.
  Result<std::string> run();
  // The effect on clients and data, also when the switch failed; nullopt: nothing was frozen.
  [[nodiscard]] const std::optional<PrimaryChange>& record() const { return record_; }

 private:
  Status prepare();
  [[nodiscard]] bool begins_anew() const;
  Status catch_up();
  Result<double> wait_once(Millis limit);
  Status apply_throttle();
  Status set_throttle_to(std::int64_t microseconds);
  void release_commit_throttle();
  Status drain();
  std::vector<std::string> prepared_for_long(const std::vector<std::string>& xids);
  Status drain_prepared();
  void announce(const std::string& server_uuid);
  Status freeze();
  Result<bool> try_freeze();
  Status end_xa_sessions();
  Status close_xa();
  Result<GtidSet> held_by_both();
  Status take_over();
  Status give_up(const std::string& why);
  std::string judge_what_was_lost(const std::optional<GtidSet>& old_holds);
  // switch_last_look.cc.
  void look_at(const std::vector<std::string>& servers);
  [[nodiscard]] Check still_the_same() const;
  Check holds_what_it_held(const std::string& server);
  Check both_hold_what_they_held();
  [[nodiscard]] Check new_has_applied_all() const;
  [[nodiscard]] Check others_are_closed() const;
  Check may_freeze();
  Check may_open();
  Check nobody_else_is_open();
  Check may_go_back();
  [[nodiscard]] std::string what_is_left() const;
  [[nodiscard]] bool may_stay_unseen(const std::string& server) const {
    return std::count(action_.may_stay_unseen.begin(), action_.may_stay_unseen.end(), server) > 0;
  }
  Status clear_the_way(int tries);
  Status hand_over();
  Status hand_over_acknowledgements();
  Result<int> acknowledgers(const std::string& server);
  Status commit(const GtidSet& frozen_at);
  Status open();
  bool surely_closed();
  Status undo(const std::string& why);
  bool detach_the_old();
  bool enough_acknowledge();
  void give_acknowledgements_back();
  void end_leftovers();

  [[nodiscard]] bool readable(const std::string& server);
  // A server that cannot be seen counts as not open.
  [[nodiscard]] Check not_open(const std::string& server);
  Result<GtidSet> executed_on(const std::string& server);
  Result<bool> wait_for(const std::string& gtids, Millis limit);
  Status save(const std::function<void(Intent&)>& change, bool soon = false);
  // The old primary's variable for its source side. It may be ON without being declared.
  [[nodiscard]] std::string source_flag() const {
    return action_.semi_sync ? action_.semi_sync->source_from : "rpl_semi_sync_source_enabled";
  }
  [[nodiscard]] Millis left() const { return until_ - clock_.monotonic(); }
  [[nodiscard]] double blocked_ms() const;
  [[nodiscard]] double blocked_by_this_ms() const;

  const SwitchPrimary& action_;
  const std::string& topology_;
  Fleet& fleet_;
  Clock& clock_;
  const StatePorts state_;
  const RunOptions& options_;
  const Hooks hooks_;
  Intent intent_;
  // The most that each server was seen to hold, by its server_uuid: from the memory and from this
  // run.
  std::map<std::string, GtidSet> held_;
  // first_: the look after which no statement of an earlier run could take effect any more. last_:
  // the newest look.
  Observation first_, last_;
  // Other servers that a look of this run has shown open and none has shown closed since. When they
  // cannot be seen they may take writes, although the intent, read before, does not say so.
  std::set<std::string> left_open_;
  Millis last_at_{};               // monotonic: when last_ was taken
  Millis closed_at_{};             // monotonic: when the old primary was last known to be frozen
  bool frozen_by_others_ = false;  // somebody else froze the old primary: not ours to undo
  Millis until_{};                 // monotonic: deadline of the present part of the switch
  double frozen_since_ = -1;       // start of the try that froze it: monotonic, microseconds
  double frozen_after_ = 0, applied_after_ = 0;
  bool old_moved_ = false;
  std::string semi_sync_note_;
  double blocked_before_ = 0;  // milliseconds that failed freeze tries blocked writes
  bool throttled_ = false;
  bool throttle_in_doubt_ = false;  // a statement that raises the delay may still take effect
  bool forward_only_ = false;       // it was committed before: no way back
  bool resumed_ = false;            // an earlier process may have frozen the old primary
  bool was_blocked_ = false;        // and it is still frozen: see Intent::blocked_since
  bool acknowledgements_off_ = false;
  // XA transactions that were prepared at the last look, and since when; nullopt: no look yet.
  using PreparedSince = std::map<std::string, Millis>;  // by xid, monotonic
  std::optional<PreparedSince> prepared_since_;
  std::optional<PrimaryChange> record_;
};

}  // namespace gtidops
