// FleetBuilder: a Spec and an Observation for a test, said in one sentence. Whatever is not said is
// healthy: MySQL 8.4.3, GTIDs on, everybody reachable, the primary open, everybody else
// super_read_only and replicating, the replication user there, the heartbeat read everywhere. So
//
//   FleetBuilder().server("db1").server("db2").plan()
//
// is synced, and each further word says what is wrong:
//
//   FleetBuilder fleet;
//   fleet.server("db1").primary().executed("db1:1-100")
//        .server("db2").replica_of("db1").executed("db1:1-98,db2:1").applier_error(1062,
//        "Duplicate") .server("db3").unreachable(Unreachable::Reason::kTimeout, "no answer within
//        3s");
//   const Plan plan = fleet.plan();
//
// server() begins a server, or goes back to it; the words behind it are about that one. In GTID
// texts a server's name stands for its UUID ("db1:1-5,db2:1:blue:1-3"); uuid_of() tells it.
// Defaults are filled in when a value is asked for, so the order of servers and words is free.
//
// Words come in three kinds: what is *declared* (the specification), what is *observed*, and both.
//
// Thread-safety: none. Errors: a wrong name or GTID text throws std::invalid_argument.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops::testing {

class FleetBuilder {
 public:
  // The topology is "orders", of orders.yaml, looked at on 2026-11-22T15:00:00.123Z.
  explicit FleetBuilder(const std::string& topology = "orders");

  // "db3" -> "00000003-0000-4000-8000-000000000003"; another name gets digits made from it.
  static std::string uuid_of(std::string_view server);
  // A GTID set in which a server's name may stand for its UUID.
  static GtidSet gtids(std::string_view text);

  // Begins this server (address 10.0.0.N:3306, server_id N, in the order begun), or goes back to
  // it.
  FleetBuilder& server(const std::string& name);

  // --- Both declared and so observed.
  FleetBuilder& primary();  // otherwise the first server begun is it
  FleetBuilder& replica_of(const std::string& source);
  FleetBuilder& delay(Millis delay);
  FleetBuilder& address(const std::string& host, int port = 3306);

  // --- Declared, of the current server.
  FleetBuilder& source(const std::string& name);  // otherwise the primary
  FleetBuilder& declared_delay(Millis delay);
  FleetBuilder& replication_address(const std::string& host, int port = 3306);
  FleetBuilder& promotion(Promotion promotion);
  FleetBuilder& maintenance(const std::string& reason, std::optional<Moment> until = std::nullopt);
  // --- Declared, of the topology.
  FleetBuilder& digest(const std::string& digest);  // "sha256:..."
  // A CHANGE REPLICATION SOURCE TO option; every channel has it so, unless column() says otherwise.
  FleetBuilder& option(const std::string& name, const std::string& value);
  FleetBuilder& on_errant(OnErrant policy);
  FleetBuilder& suspended(const std::string& reason, std::optional<Moment> until = std::nullopt);
  FleetBuilder& observe_only();
  FleetBuilder& semi_sync(bool enabled, int wait_for_replicas = 1, Millis timeout = Millis{10'000});
  FleetBuilder& without_replication_user();
  // Run last, each time. The servers must stay as many and in their order.
  FleetBuilder& edit_spec(const std::function<void(Spec&)>& edit);

  // --- Observed, of the current server as a whole.
  FleetBuilder& unreachable(Unreachable::Reason reason = Unreachable::Reason::kConnectionRefused,
                            const std::string& message = "nobody listens there");
  FleetBuilder& not_looked_at();
  // What has no word of its own in what follows is as in this state, not healthy.
  FleetBuilder& begins_as(ServerState state);
  // A server as installed: no data, no GTIDs, no channel, no accounts, nothing persisted, writable.
  FleetBuilder& fresh();
  FleetBuilder& no_channel();
  FleetBuilder& no_details();
  FleetBuilder& version(const std::string& text);
  FleetBuilder& uuid(const std::string& uuid);
  FleetBuilder& server_id(std::uint32_t id);
  FleetBuilder& instance(const std::string& text);
  FleetBuilder& gtid_mode(const std::string& mode, const std::string& enforce = "ON");
  FleetBuilder& log_bin(bool log_bin, bool log_replica_updates = true);
  // --- Who may write.
  FleetBuilder& writable();
  FleetBuilder& read_only();        // read_only alone: administrators may still write
  FleetBuilder& super_read_only();  // both
  FleetBuilder& persisted(const std::string& name, const std::string& value);
  FleetBuilder& nothing_persisted();
  // --- GTIDs. Otherwise everybody has executed what the primary has, which is its own 1-100.
  FleetBuilder& executed(std::string_view text);
  FleetBuilder& executed_later(std::string_view text);
  FleetBuilder& owned(std::string_view text);
  FleetBuilder& purged(std::string_view text);
  FleetBuilder& retrieved(std::string_view text);
  // --- The default channel; std::invalid_argument, when asked for a value, where there is none.
  FleetBuilder& follows(const std::string& server);  // in place of the declared source
  FleetBuilder& follows_stranger(const std::string& host, int port, const std::string& uuid = "");
  FleetBuilder& receiver(ThreadState state);
  FleetBuilder& applier(ThreadState state);
  FleetBuilder& receiver_error(int number, const std::string& text);  // and is connecting
  FleetBuilder& applier_error(int number, const std::string& text);   // and is stopped
  FleetBuilder& behind(std::optional<std::int64_t> seconds);
  FleetBuilder& observed_delay(std::int64_t seconds);
  FleetBuilder& auto_position(bool on);
  FleetBuilder& source_user(const std::string& user);
  FleetBuilder& source_uuid(const std::string& uuid);
  FleetBuilder& column(const std::string& name, const std::string& value);
  FleetBuilder& filter(const std::string& text);
  // A further channel, from a server that is not of this topology.
  FleetBuilder& stray_channel(const std::string& name, const std::string& host, int port = 3306);
  // --- Details.
  FleetBuilder& variable(const std::string& name, const std::string& value);
  // One more. Otherwise there is `orders`, 3 tables, 1 MiB.
  FleetBuilder& schema(const std::string& name, std::int64_t tables, std::int64_t bytes);
  FleetBuilder& no_schemas();
  FleetBuilder& schemas_unreadable();
  FleetBuilder& account(const std::string& user, const std::string& host,
                        const std::vector<std::string>& grants);
  FleetBuilder& no_accounts();
  FleetBuilder& no_heartbeat();
  FleetBuilder& first_binary_log(const std::optional<std::string>& name);
  FleetBuilder& missing_privileges(const std::vector<std::string>& names);
  // --- Semi-synchronous replication, where it is declared: otherwise as declared, on every server.
  FleetBuilder& semi_sync_plugins(bool source, bool replica, bool old_names = false);
  FleetBuilder& semi_sync_source(bool enabled);
  FleetBuilder& semi_sync_replica(bool enabled);
  FleetBuilder& semi_sync_agreed(std::optional<bool> active);  // did the receiver agree on it?
  FleetBuilder& semi_sync_limits(int wait_count, std::uint64_t timeout_ms);
  FleetBuilder& semi_sync_clients(std::optional<int> clients);  // otherwise: counted
  // Whatever has no word: run last, on the state as it is given out.
  FleetBuilder& edit(const std::function<void(ServerState&)>& edit);
  FleetBuilder& edit_channel(const std::function<void(Channel&)>& edit);
  FleetBuilder& edit_details(const std::function<void(Details&)>& edit);

  // --- Of the whole.
  FleetBuilder& taken_at(Moment moment);
  // gtidops has seen this server as the primary with all others read-only. Otherwise: nobody.
  FleetBuilder& established(const std::string& server);

  [[nodiscard]] Spec spec() const;
  [[nodiscard]] Observation observation() const;
  [[nodiscard]] Intent intent() const { return intent_; }
  // make_plan() of the three.
  [[nodiscard]] Plan plan() const;

 private:
  using Edit = std::function<void(ServerState&)>;
  enum class Look { kSeen, kUnreachable, kNone };
  enum class Attach { kAsDeclared, kNone, kServer, kStranger };
  enum class Writes { kAsDeclared, kOpen, kReadOnly, kFenced };
  struct Machine {
    Look look = Look::kSeen;
    Unreachable unreachable;
    Attach attach = Attach::kAsDeclared;
    std::string follows;  // a server's name
    Channel stranger;
    Writes writes = Writes::kAsDeclared;
    std::optional<std::string> uuid;
    std::optional<GtidSet> executed;
    bool fresh = false;
    std::optional<ServerState> base;  // in place of the healthy one
    std::vector<Edit> edits;          // applied in order, on the healthy state or `base`
    std::vector<Edit> last;           // after those
  };

  Machine& now();
  ServerSpec& now_spec();
  FleetBuilder& then(Edit edit);
  FleetBuilder& on_channel(std::function<void(Channel&)> edit);
  FleetBuilder& on_details(std::function<void(Details&)> edit);
  FleetBuilder& on_semi_sync(std::function<void(SemiSync&)> edit);
  [[nodiscard]] const Machine& machine(const std::string& name) const;
  [[nodiscard]] std::string seen_uuid(const std::string& name) const;
  [[nodiscard]] ServerState state_of(const Spec& spec, std::size_t index) const;
  [[nodiscard]] ServerState healthy(const Spec& spec, std::size_t index) const;
  [[nodiscard]] ServerState based(const Spec& spec, std::size_t index) const;
  [[nodiscard]] Details details_of(const Spec& spec, const Machine& machine) const;
  static void add_semi_sync(const Spec& spec, const ServerSpec& server, Details& details);
  void attach(const Spec& spec, const ServerSpec& server, const Machine& machine,
              ServerState& state) const;

  Spec spec_;
  std::vector<std::function<void(Spec&)>> spec_edits_;
  std::vector<Machine> machines_;  // as spec_.servers
  std::size_t current_ = 0;
  Moment taken_at_;
  Intent intent_;
};

}  // namespace gtidops::testing
