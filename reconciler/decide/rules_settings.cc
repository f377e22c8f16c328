// The rules on settings: is each server fit for GTID replication? What no statement can change is
// refused; what is only unwise is warned of.
#include <fmt/format.h>

#include "decide/draft.h"
#include "decide/hints.h"
#include "decide/remember.h"
#include "model/actions/read_only.h"

namespace gtidops {
namespace {

std::string variable(const Details& details, const std::string& name) {
  const auto found = details.variables.find(name);
  return found == details.variables.end() ? std::string() : found->second;
}

bool is_on(const std::string& value) { return value == "ON" || value == "1"; }

// A primary without a binary log must not take writes. The other cases forbid less: a replica is
// still kept read-only, and a primary without log_replica_updates open, for its writes are its own.
void rule_binary_log(Draft& draft, const std::string& server, const ServerState& state) {
  const bool primary = server == draft.goal.primary;
  if (!state.log_bin) {
    const std::string hint =
        "take skip-log-bin or disable-log-bin out of my.cnf and restart mysqld";
    if (primary)
      draft.refuse(server, rule::kLogBin, "the binary log is off", hint);
    else
      draft.refuse_attach(server, rule::kLogBin, "the binary log is off", hint);
  }
  if (!state.log_replica_updates) {
    const std::string why =
        "log_replica_updates is OFF: it could neither be a source nor ever become the primary";
    const std::string hint = "set log_replica_updates = ON in my.cnf and restart mysqld";
    if (primary)
      draft.object(server, rule::kLogReplicaUpdates, why, hint);
    else
      draft.refuse_attach(server, rule::kLogReplicaUpdates, why, hint);
  }
}

void rule_gtid_mode(Draft& draft, const std::string& server, const ServerState& state,
                    const Details& details) {
  if (state.gtid_mode == "ON" && state.enforce_gtid_consistency == "ON") return;
  const bool in_use = !state.channels.empty() || details.dump_threads > 0 || !details.schemas ||
                      !details.schemas->empty();
  if (!in_use) return;  // plan_settings sets it
  draft.refuse(server, rule::kGtidMigration,
               "gtid_mode is " + state.gtid_mode + " and enforce_gtid_consistency is " +
                   state.enforce_gtid_consistency + " on a server that is in use",
               "follow MySQL's manual, \"Enabling GTID Transactions Online\"; this version only "
               "does it for a server without data, channels and replicas");
}

void rule_filters(Draft& draft, const std::string& server, const ServerState& state,
                  const Details& details) {
  if (!details.binlog_filters.empty())
    draft.refuse(
        server, rule::kBinlogFilter,
        "its binary log leaves transactions out: " + join_names(details.binlog_filters),
        "take the option out of my.cnf and restart mysqld; replicas made meanwhile lack data");
  if (const auto errors = passed_over_errors(state); !errors.empty())
    draft.refuse_replication(
        server, rule::kReplicationFilter,
        "its applier passes over errors, although its gtid_executed will say that it holds what "
        "failed: " +
            join_names(errors),
        "replica_skip_errors: take it out of my.cnf and restart mysqld; replica_exec_mode: STOP "
        "REPLICA SQL_THREAD; SET GLOBAL replica_exec_mode = STRICT; then compare its data with its "
        "source's, and " +
            provision_hint(draft, server) + " where they differ");
  for (const Channel& channel : state.channels)
    if (!channel.filters.empty())
      draft.refuse_replication(
          server, rule::kReplicationFilter,
          "it leaves transactions out, although its gtid_executed will say that it holds them: " +
              join_names(channel.filters),
          "remove the filter (STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER ... = ()); then " +
              provision_hint(draft, server));
}

void rule_durability(Draft& draft, const std::string& server, const Details& details) {
  const auto expect = [&](const char* name, const char* wanted, const char* why) {
    const std::string value = variable(details, name);
    if (value.empty() || value == wanted) return;
    draft.warn(server, std::string(name), std::string(name) + " is " + value + ": " + why,
               "SET PERSIST " + std::string(name) + " = " + wanted);
  };
  expect("binlog_format", "ROW", "statements may give another result on a replica");
  expect("binlog_row_image", "FULL", "a replica cannot always find the row it shall change");
  expect("sync_binlog", "1",
         "after a crash, replicas may hold transactions that this server has lost");
  expect("innodb_flush_log_at_trx_commit", "1",
         "after a crash of the host, committed transactions may be lost");
}

void rule_commit_order(Draft& draft, const std::string& server, const ServerState& state,
                       const Details& details) {
  if (state.channels.empty()) return;
  const std::string workers = variable(details, "replica_parallel_workers");
  if (workers.empty() || workers == "0" || workers == "1") return;
  const std::string order = variable(details, "replica_preserve_commit_order");
  if (order.empty() || is_on(order)) return;
  draft.warn(
      server, "replica_preserve_commit_order",
      "replica_preserve_commit_order is OFF with " + workers +
          " workers: clients may see a state that never was on the source, and a crash leaves gaps",
      "STOP REPLICA SQL_THREAD; SET PERSIST replica_preserve_commit_order = ON; START REPLICA");
}

// "ON" and "1" are one value, as are "OFF" and "0".
std::string plain(const std::string& value) {
  if (value == "ON") return "1";
  return value == "OFF" ? "0" : value;
}

// A value that was made persistent and then changed at run time goes away with the next restart.
void warn_of_restart(Draft& draft, const std::string& server, const std::string& name,
                     const std::string& running, const std::string& persisted) {
  draft.warn(server, rule::kPersistedDiffers,
             name + " is " + running + " now, but will be " + persisted + " after a restart",
             "SET PERSIST " + name + " to what is meant, or RESET PERSIST " + name);
}

void rule_persisted(Draft& draft, const std::string& server, const Details& details) {
  if (!details.persisted) {
    draft.refuse(server, rule::kPrivileges, "performance_schema.persisted_variables cannot be read",
                 "grant what deploy/grants.sql lists");
    return;
  }
  if (!loads_persisted(details))
    draft.object(
        server, rule::kPersistedGlobalsLoad,
        "persisted_globals_load is OFF: after a restart or a crash it does not read what is "
        "persisted, and would take writes by itself",
        "take persisted_globals_load (or no-persisted-globals-load) out of my.cnf and "
        "mysqld's command line, and restart mysqld");
  for (const auto& [name, value] : *details.persisted) {
    // On the primary these two differ by design.
    if (name == "read_only" || name == "super_read_only") continue;
    // Semi-sync variables differ by design where gtidops sets them (decide/plan_semi_sync.cc).
    if (draft.spec.replication.semi_sync && name.rfind("rpl_semi_sync_", 0) == 0) continue;
    const std::string running = variable(details, name);
    if (!running.empty() && plain(running) != plain(value))
      warn_of_restart(draft, server, name, running, value);
  }
}

void rule_heartbeat_table(Draft& draft, const ServerSpec& server, const Details& details) {
  if (!details.heartbeat_trouble) return;
  const std::string drop = "look what is in gtidops.heartbeat and drop it there";
  draft.object(
      *server.name, rule::kHeartbeatTable,
      fmt::format("gtidops.heartbeat is not as gtidops makes it, and is not written into: {}",
                  *details.heartbeat_trouble),
      draft.is_primary(server)
          ? drop + ": gtidops makes it anew"
          : drop +
                " with sql_log_bin = 0, unless the primary's is the same and its own "
                "DROP arrives: gtidops makes it anew");
}

void rule_alike(Draft& draft, const std::string& server, const Details& details) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  if (primary == nullptr || !primary->details || server == draft.goal.primary) return;
  const auto compare = [&](const char* name, const char* consequence) {
    const std::string here = variable(details, name);
    const std::string there = variable(*primary->details, name);
    if (here.empty() || there.empty() || here == there) return;
    draft.warn(
        server, std::string(name),
        std::string(name) + " is " + here + ", but " + there + " on the primary: " + consequence,
        "it can only be chosen when a data directory is initialized");
  };
  compare("innodb_page_size", "neither can be provisioned from the other by CLONE or XtraBackup");
  compare("lower_case_table_names", "a table's name may mean different tables on the two");
}

}  // namespace

void rules_on_settings(Draft& draft) {
  for (const ServerSpec& spec : draft.spec.servers) {
    const std::string& server = *spec.name;
    const ServerState* state = draft.seen.state(server);
    if (state == nullptr || !state->details) continue;
    rule_binary_log(draft, server, *state);
    rule_gtid_mode(draft, server, *state, *state->details);
    rule_filters(draft, server, *state, *state->details);
    rule_durability(draft, server, *state->details);
    rule_commit_order(draft, server, *state, *state->details);
    rule_persisted(draft, server, *state->details);
    rule_heartbeat_table(draft, spec, *state->details);
    rule_alike(draft, server, *state->details);
  }
}

}  // namespace gtidops
