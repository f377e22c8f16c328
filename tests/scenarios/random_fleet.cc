#include "scenarios/random_fleet.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/support/fleet_builder.h"

namespace gtidops::testing {
namespace {

class Maker {
 public:
  Maker(std::uint32_t seed, Trouble trouble) : random_(seed), trouble_(trouble) {}

  RandomFleet make() {
    const int count = 1 + below(6);
    for (int i = 0; i < count; ++i) declare("db" + std::to_string(i + 1));
    declare_options();
    fresh_start_ = one_in(6);
    for (const std::string& name : names_) {
      fleet_.server(name);
      observe(name);
    }
    if (one_in(3)) fleet_.established(names_.front());
    RandomFleet made{fleet_.spec(), fleet_.observation(), fleet_.intent()};
    look_later(made);
    return made;
  }

 private:
  // Not by <random>'s distributions: those differ from library to library.
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }
  bool one_in(int n) { return below(n) == 0; }
  bool any_trouble() const { return trouble_ == Trouble::kAny; }
  const std::string& any_server() {
    return names_[static_cast<std::size_t>(below(static_cast<int>(names_.size())))];
  }

  void declare(const std::string& name) {
    fleet_.server(name);
    names_.push_back(name);
    if (names_.size() == 1) {
      fleet_.primary();
      return;
    }
    if (one_in(3)) {
      // One of those before it, so that there is no cycle.
      fleet_.replica_of(
          names_[static_cast<std::size_t>(below(static_cast<int>(names_.size()) - 1))]);
    }
    if (one_in(6)) {
      fleet_.declared_delay(Millis{3'600'000});
      delayed_.push_back(name);
    }
    if (any_trouble() && one_in(12)) fleet_.maintenance("disk");
  }

  void declare_options() {
    if (names_.size() > 1 && one_in(2)) {
      const int most = static_cast<int>(names_.size()) - 1;
      semi_sync_on_ = !one_in(6);
      fleet_.semi_sync(semi_sync_on_, 1 + below(any_trouble() ? most : 1));
    }
    if (one_in(4)) fleet_.option("SOURCE_CONNECT_RETRY", "10");
    if (one_in(4)) fleet_.option("SOURCE_SSL", "1");
    if (!any_trouble()) return;
    if (one_in(5)) fleet_.on_errant(OnErrant::kAlert);
    if (one_in(8)) declare_window();
    if (one_in(40)) fleet_.suspended("incident");
    if (one_in(40)) fleet_.observe_only();
  }

  // The moment is a Sunday, 15:00: open, or not.
  void declare_window() {
    WindowSpec window;
    const Position at{1, 1};
    (one_in(2) ? window.deny : window.allow) =
        Field<std::string>(one_in(2) ? "0 12 * * *" : "0 12 * * MON", at);
    window.duration = Field<Millis>(Millis{36'000'000}, at);
    window.risk = Field<std::string>(one_in(3)   ? "safe"
                                     : one_in(2) ? "disruptive"
                                                 : "destructive",
                                     at);
    fleet_.edit_spec([window](Spec& spec) { spec.reconcile.windows.push_back(window); });
  }

  void observe(const std::string& name) {
    const bool primary = name == names_.front();
    if (any_trouble() && one_in(10)) {
      fleet_.unreachable(one_in(2) ? Unreachable::Reason::kTimeout : Unreachable::Reason::kMariadb,
                         "away");
      return;
    }
    if (any_trouble() && one_in(60)) return void(fleet_.not_looked_at());
    const bool fresh = fresh_start_ || (!primary && one_in(8));
    bool channel = !primary && !fresh;
    if (fresh) fleet_.fresh();
    if (channel && one_in(10)) {
      fleet_.no_channel();
      channel = false;
    }
    if (any_trouble() && one_in(25) && names_.size() > 1) {
      channel = follow_wrongly(name);
    }
    // The words below are about the channel that there is.
    if (channel) observe_channel(name);
    observe_writes(primary);
    observe_settings(fresh);
    if (semi_sync_on_ && !fresh) observe_semi_sync();
    if (any_trouble()) observe_trouble(name);
  }

  void observe_semi_sync() {
    if (one_in(8)) return void(fleet_.semi_sync_plugins(one_in(2), one_in(3)));
    if (one_in(6)) fleet_.semi_sync_source(one_in(2));
    if (one_in(6)) fleet_.semi_sync_replica(one_in(2));
    if (one_in(6)) fleet_.semi_sync_agreed(false);
    if (one_in(8)) fleet_.semi_sync_limits(1 + below(3), 1000);
    if (one_in(8)) fleet_.persisted("rpl_semi_sync_source_enabled", "ON");
    if (one_in(8)) fleet_.persisted("rpl_semi_sync_replica_enabled", one_in(2) ? "ON" : "OFF");
    if (any_trouble() && one_in(12)) fleet_.semi_sync_agreed(std::nullopt);
  }

  bool follow_wrongly(const std::string& name) {
    const std::string other = any_server();
    if (other == name || one_in(3)) {
      fleet_.follows_stranger("10.9.9.9", 3306, FleetBuilder::uuid_of("stranger"));
    } else {
      fleet_.follows(other);
    }
    return true;
  }

  void observe_channel(const std::string& name) {
    for (const std::string& delayed : delayed_)
      if (delayed == name && !one_in(5)) fleet_.observed_delay(3600);
    if (one_in(6)) fleet_.receiver(one_in(2) ? ThreadState::kOff : ThreadState::kConnecting);
    if (one_in(6)) fleet_.applier(ThreadState::kOff);
    if (one_in(12)) fleet_.receiver_error(one_in(2) ? 1045 : 2003, "no");
    if (one_in(12)) fleet_.applier_error(1062, "Duplicate entry");
    if (one_in(10)) fleet_.auto_position(false);
    if (one_in(10)) fleet_.source_user("old_repl");
    if (one_in(10)) fleet_.column("Connect_Retry", "7");
    if (one_in(10)) fleet_.observed_delay(60);
    if (one_in(4)) fleet_.executed("db1:1-" + std::to_string(80 + below(20)));
    if (one_in(4)) fleet_.retrieved("db1:1-" + std::to_string(80 + below(20)));
    if (!any_trouble()) return;
    if (one_in(20)) fleet_.filter("Replicate_Do_DB=orders");
    if (one_in(15)) fleet_.retrieved("db1:1-105,stranger:1-2");
    if (one_in(20)) fleet_.stray_channel("legacy", "10.9.9.9");
    if (one_in(20)) fleet_.source_uuid(FleetBuilder::uuid_of("stranger"));
  }

  void observe_writes(bool primary) {
    if (one_in(5)) fleet_.super_read_only();
    if (one_in(8)) fleet_.read_only();
    if (!primary && one_in(6)) fleet_.writable();
    if (one_in(5)) fleet_.nothing_persisted();
  }

  void observe_settings(bool fresh) {
    if (one_in(12)) fleet_.server_id(static_cast<std::uint32_t>(below(3)));
    if (fresh && one_in(2))
      fleet_.gtid_mode(one_in(2) ? "OFF" : "ON_PERMISSIVE", one_in(2) ? "OFF" : "ON");
    if (one_in(6)) fleet_.no_heartbeat();
    if (one_in(8)) fleet_.no_accounts();
    if (one_in(10)) fleet_.account("repl", "%", {"GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"});
    if (!fresh && one_in(10))
      fleet_.edit_details([](Details& details) {
        for (UserAccount& account : *details.users)
          account.grants = {"GRANT SELECT ON *.* TO `x`@`y`"};
      });
  }

  void observe_trouble(const std::string& name) {
    if (one_in(6))
      fleet_.executed("db1:1-" + std::to_string(90 + below(15)) + "," + any_server() + ":1-" +
                      std::to_string(1 + below(5)));
    if (one_in(12)) fleet_.purged("db1:1-" + std::to_string(70 + below(30)));
    if (one_in(25)) fleet_.executed("");
    if (one_in(25)) fleet_.no_schemas();
    if (one_in(25)) fleet_.schema("payroll", 40, 1 << 30);
    if (one_in(40)) fleet_.uuid(FleetBuilder::uuid_of(any_server()));
    if (one_in(40)) fleet_.gtid_mode("OFF", "OFF");
    if (one_in(15))
      fleet_.edit_details([&](Details& details) {
        CloneStatus clone;
        clone.state = one_in(2)   ? CloneStatus::State::kRunning
                      : one_in(2) ? CloneStatus::State::kFailed
                                  : CloneStatus::State::kCompleted;
        clone.source = one_in(3) ? "10.0.0.99:3306" : "10.0.0.1:3306";
        clone.began = clone.ended = "2026-11-30 14:00:00.000";
        details.clone = clone;
        details.clone_plugin = true;
      });
    if (one_in(15))
      fleet_.edit_details([](Details& details) { details.copy_accounts = {"10.0.0.%"}; });
    if (one_in(40)) fleet_.log_bin(!one_in(2), !one_in(2));
    if (one_in(40)) fleet_.first_binary_log("binlog.000042");
    if (one_in(40)) fleet_.version(one_in(2) ? "8.0.23" : "9.7.4");
    if (one_in(40)) fleet_.missing_privileges({"BACKUP_ADMIN"});
    if (one_in(40))
      fleet_.edit_details(
          [](Details& details) { details.missing_copy_privileges = {"CLONE_ADMIN ON *.*"}; });
    if (one_in(40)) fleet_.variable("performance_schema", "OFF");
    if (one_in(60)) fleet_.no_details();
    if (one_in(60))
      fleet_.edit([](ServerState& state) {
        if (state.details) state.details->group_replication_active = true;
      });
    if (one_in(60))
      fleet_.edit([](ServerState& state) {
        if (state.details) state.details->users.reset();
      });
    if (one_in(60))
      fleet_.edit([](ServerState& state) {
        if (state.details) state.details->persisted.reset();
      });
    if (name != names_.front() && one_in(60)) fleet_.schemas_unreadable();
  }

  void look_later(RandomFleet& made) {
    if (!any_trouble() || !one_in(4)) return;
    const auto found = made.seen.servers.find(names_.front());
    if (found == made.seen.servers.end()) return;
    if (auto* state = std::get_if<ServerState>(&found->second))
      state->executed_later = state->gtid_executed.united(FleetBuilder::gtids("db1:1-103"));
    if (auto* state = std::get_if<ServerState>(&found->second); state != nullptr && one_in(2))
      state->gtid_owned = FleetBuilder::gtids("db1:101-106").subtracted(state->executed_latest());
  }

  std::mt19937 random_;
  Trouble trouble_;
  FleetBuilder fleet_;
  std::vector<std::string> names_;
  std::vector<std::string> delayed_;
  bool fresh_start_ = false;
  bool semi_sync_on_ = false;  // declared on
};

}  // namespace

RandomFleet random_fleet(std::uint32_t seed, Trouble trouble) {
  return Maker(seed, trouble).make();
}

}  // namespace gtidops::testing
