#include "scenarios/words.h"

#include <map>
#include <stdexcept>

namespace gtidops::testing {
namespace {

struct Word {
  std::size_t arguments;
  void (*say)(FleetBuilder&, const Phrase&);
};
using Words = std::map<std::string, Word>;

Unreachable::Reason reason(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(Unreachable::Reason::kOther); ++i)
    if (reason_name(static_cast<Unreachable::Reason>(i)) == name)
      return static_cast<Unreachable::Reason>(i);
  throw std::invalid_argument("no reason " + name);
}

ThreadState thread(const std::string& name) {
  if (name == "on") return ThreadState::kOn;
  if (name == "off") return ThreadState::kOff;
  if (name == "connecting") return ThreadState::kConnecting;
  throw std::invalid_argument("a thread is on, off or connecting, not " + name);
}

Address address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  return {text.substr(0, colon),
          colon == std::string::npos ? 3306 : std::stoi(text.substr(colon + 1))};
}

const Words& words_for_servers() {
  static const Words words{
      {"healthy", {0, [](FleetBuilder&, const Phrase&) {}}},
      {"unreachable",
       {2, [](FleetBuilder& f, const Phrase& p) { f.unreachable(reason(p[1]), p[2]); }}},
      {"not_looked_at", {0, [](FleetBuilder& f, const Phrase&) { f.not_looked_at(); }}},
      {"fresh", {0, [](FleetBuilder& f, const Phrase&) { f.fresh(); }}},
      {"version", {1, [](FleetBuilder& f, const Phrase& p) { f.version(p[1]); }}},
      {"uuid_of",
       {1, [](FleetBuilder& f, const Phrase& p) { f.uuid(FleetBuilder::uuid_of(p[1])); }}},
      {"server_id",
       {1, [](FleetBuilder& f,
              const Phrase& p) { f.server_id(static_cast<std::uint32_t>(std::stoul(p[1]))); }}},
      {"instance", {1, [](FleetBuilder& f, const Phrase& p) { f.instance(p[1]); }}},
      {"gtid_mode", {2, [](FleetBuilder& f, const Phrase& p) { f.gtid_mode(p[1], p[2]); }}},
      {"no_log_bin", {0, [](FleetBuilder& f, const Phrase&) { f.log_bin(false, true); }}},
      {"no_log_replica_updates",
       {0, [](FleetBuilder& f, const Phrase&) { f.log_bin(true, false); }}},
      {"writable", {0, [](FleetBuilder& f, const Phrase&) { f.writable(); }}},
      {"read_only", {0, [](FleetBuilder& f, const Phrase&) { f.read_only(); }}},
      {"super_read_only", {0, [](FleetBuilder& f, const Phrase&) { f.super_read_only(); }}},
      {"executed", {1, [](FleetBuilder& f, const Phrase& p) { f.executed(p[1]); }}},
      // More than it had.
      {"gained",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          f.edit([more = FleetBuilder::gtids(p[1])](ServerState& state) {
            state.gtid_executed = state.gtid_executed.united(more);
          });
        }}},
      {"executed_later", {1, [](FleetBuilder& f, const Phrase& p) { f.executed_later(p[1]); }}},
      {"owned", {1, [](FleetBuilder& f, const Phrase& p) { f.owned(p[1]); }}},
      {"purged", {1, [](FleetBuilder& f, const Phrase& p) { f.purged(p[1]); }}},
  };
  return words;
}

const Words& words_for_channels() {
  static const Words words{
      {"no_channel", {0, [](FleetBuilder& f, const Phrase&) { f.no_channel(); }}},
      {"follows", {1, [](FleetBuilder& f, const Phrase& p) { f.follows(p[1]); }}},
      {"follows_stranger",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          f.follows_stranger(address(p[1]).host, address(p[1]).port,
                             FleetBuilder::uuid_of("stranger"));
        }}},
      // The same server, by another name: who it is, is known once it has connected.
      {"follows_by_address",
       {2,
        [](FleetBuilder& f, const Phrase& p) {
          f.follows_stranger(address(p[1]).host, address(p[1]).port, FleetBuilder::uuid_of(p[2]));
        }}},
      {"receiver", {1, [](FleetBuilder& f, const Phrase& p) { f.receiver(thread(p[1])); }}},
      {"applier", {1, [](FleetBuilder& f, const Phrase& p) { f.applier(thread(p[1])); }}},
      {"receiver_error",
       {2, [](FleetBuilder& f, const Phrase& p) { f.receiver_error(std::stoi(p[1]), p[2]); }}},
      {"applier_error",
       {2, [](FleetBuilder& f, const Phrase& p) { f.applier_error(std::stoi(p[1]), p[2]); }}},
      {"no_auto_position", {0, [](FleetBuilder& f, const Phrase&) { f.auto_position(false); }}},
      {"source_user", {1, [](FleetBuilder& f, const Phrase& p) { f.source_user(p[1]); }}},
      {"source_uuid_of",
       {1, [](FleetBuilder& f, const Phrase& p) { f.source_uuid(FleetBuilder::uuid_of(p[1])); }}},
      // It was told whom to follow, and never started since.
      {"never_connected",
       {0,
        [](FleetBuilder& f, const Phrase&) {
          f.source_uuid("").receiver(ThreadState::kOff).applier(ThreadState::kOff);
        }}},
      // The password in the channel: declared, other, unknown.
      {"secret",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          const std::string word = p[1];
          f.edit_channel([word](Channel& channel) {
            channel.secret_as_declared = word == "declared" ? std::optional(true)
                                         : word == "other"  ? std::optional(false)
                                                            : std::nullopt;
          });
        }}},
      {"retrieved", {1, [](FleetBuilder& f, const Phrase& p) { f.retrieved(p[1]); }}},
      {"seconds_behind", {1, [](FleetBuilder& f, const Phrase& p) { f.behind(std::stoll(p[1])); }}},
      {"delay", {1, [](FleetBuilder& f, const Phrase& p) { f.observed_delay(std::stoll(p[1])); }}},
      {"column", {2, [](FleetBuilder& f, const Phrase& p) { f.column(p[1], p[2]); }}},
      {"no_column",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          f.edit_channel([name = p[1]](Channel& channel) { channel.columns.erase(name); });
        }}},
      {"filter", {1, [](FleetBuilder& f, const Phrase& p) { f.filter(p[1]); }}},
      {"no_filter",
       {0,
        [](FleetBuilder& f, const Phrase&) {
          f.edit_channel([](Channel& channel) { channel.filters.clear(); });
        }}},
      {"stray_channel",
       {2, [](FleetBuilder& f,
              const Phrase& p) { f.stray_channel(p[1], address(p[2]).host, address(p[2]).port); }}},
  };
  return words;
}

// What has no word of its own in the builder.
template <void (*edit)(Details&, const Phrase&)>
void details(FleetBuilder& fleet, const Phrase& phrase) {
  fleet.edit_details([phrase](Details& details) { edit(details, phrase); });
}

void only_account(Details& details, const Phrase& phrase) {
  details.users->clear();
  details.users->push_back({phrase[1], phrase[2], "caching_sha2_password", false, false, {}});
}
void add_grant(Details& details, const Phrase& phrase) {
  details.users->back().grants.push_back(phrase[1]);
}
void lock(Details& details, const Phrase&) { details.users->back().locked = true; }
void expire(Details& details, const Phrase&) { details.users->back().password_expired = true; }
void also_named(Details& details, const Phrase& phrase) {
  if (!details.accounts)
    details.accounts = {{"root", "localhost", false}, {"repl", "10.0.%", false}};
  details.accounts->push_back({phrase[1], phrase[2], false});
}
void also_role(Details& details, const Phrase& phrase) {
  also_named(details, phrase);
  details.accounts->back().role = true;
}
void hide_accounts(Details& details, const Phrase&) { details.users.reset(); }
void hide_persisted(Details& details, const Phrase&) { details.persisted.reset(); }
void beat(Details& details, const Phrase& phrase) {
  details.heartbeat = Heartbeat{FleetBuilder::uuid_of(phrase[1]), 1};
}
void add_event(Details& details, const Phrase& phrase) {
  using EventStatus = ScheduledEvent::Status;
  const std::size_t dot = phrase[1].find('.');
  details.may_enable_events = true;
  details.events->push_back({phrase[1].substr(0, dot), phrase[1].substr(dot + 1), "app@10.0.%",
                             phrase[2] == "enabled"    ? EventStatus::kEnabled
                             : phrase[2] == "disabled" ? EventStatus::kDisabled
                                                       : EventStatus::kOnAnother});
  ScheduledEvent& event = details.events->back();
  event.character_set_client = "utf8mb4";
  event.collation_connection = "utf8mb4_0900_ai_ci";
  event.database_collation = event.schema_collation = "utf8mb4_0900_ai_ci";
}
void hide_events(Details& details, const Phrase&) { details.events.reset(); }
void add_transaction(Details& details, const Phrase& phrase) {
  if (!details.long_transactions) details.long_transactions.emplace();
  details.long_transactions->push_back({phrase[1], phrase[2], std::stod(phrase[3]), true});
}
// event_as character_set_client collation_connection database_collation: the last one added.
void event_as(Details& details, const Phrase& phrase) {
  ScheduledEvent& event = details.events->back();
  event.character_set_client = phrase[1];
  event.collation_connection = phrase[2];
  event.database_collation = phrase[3];
}
void add_prepared_xa(Details& details, const Phrase& phrase) {
  if (!details.prepared_xa) details.prepared_xa.emplace();
  details.prepared_xa->push_back(phrase[1]);
}
void may_not_recover_xa(Details& details, const Phrase&) { details.prepared_xa.reset(); }
void may_not_enable_events(Details& details, const Phrase&) { details.may_enable_events = false; }
void no_tls(Details& details, const Phrase&) { details.tls_available = false; }
void unencrypted(Details& details, const Phrase&) { details.connection_encrypted = false; }
void group(Details& details, const Phrase&) { details.group_replication_active = true; }
void filter_binlog(Details& details, const Phrase& phrase) {
  details.binlog_filters.push_back(phrase[1]);
}
void threads_connected(Details& details, const Phrase& phrase) {
  details.threads_connected = std::stoll(phrase[1]);
}
void uptime(Details& details, const Phrase& phrase) {
  // All looks of a story are at one moment.
  details.started_at = Moment(Millis(1'700'000'000'000 - std::stoll(phrase[1]) * 1'000));
}
CloneStatus clone_of(CloneStatus::State state, const Phrase& phrase) {
  CloneStatus clone;
  clone.state = state;
  clone.source = phrase[1];
  return clone;
}
void cloned(Details& details, const Phrase& phrase) {
  details.clone = clone_of(CloneStatus::State::kCompleted, phrase);
  details.clone->ended = phrase[2];
}
void copying(Details& details, const Phrase& phrase) {
  details.clone = clone_of(CloneStatus::State::kRunning, phrase);
  details.clone->began = "2026-11-30 14:00:00.000";
  details.clone->phase = phrase[2];
  details.clone->bytes_total = 1'000'000'000;
  details.clone->bytes_done = 250'000'000;
}
void copy_failed(Details& details, const Phrase& phrase) {
  details.clone = clone_of(CloneStatus::State::kFailed, phrase);
  details.clone->began = "2026-11-30 14:00:00.000";
  details.clone->error = phrase[2];
}
void copy_account(Details& details, const Phrase& phrase) { details.copy_accounts = {phrase[1]}; }
void other_copy_account(Details& details, const Phrase& phrase) {
  details.other_copy_accounts = {phrase[1]};
}
void not_innodb(Details& details, const Phrase& phrase) {
  details.schemas->back().not_innodb = phrase[1];
}
void lacks_for_copies(Details& details, const Phrase& phrase) {
  details.missing_copy_privileges = {phrase[1]};
}
void backup_lock(Details& details, const Phrase& phrase) { details.backup_locks = {phrase[1]}; }
void dump_threads(Details& details, const Phrase& phrase) {
  details.dump_threads = std::stoll(phrase[1]);
}

bool on(const std::string& text) {
  if (text != "on" && text != "off") throw std::invalid_argument("on or off, not " + text);
  return text == "on";
}
std::optional<int> clients(const std::string& text) {
  return text == "unknown" ? std::nullopt : std::optional(std::stoi(text));
}
std::optional<bool> agreed(const std::string& text) {
  return text == "unknown" ? std::nullopt : std::optional(on(text));
}
void wait_point(Details& details, const Phrase& phrase) {
  details.semi_sync.value().source.value().wait_point = phrase[1];
}
void wait_no_replica(Details& details, const Phrase& phrase) {
  details.semi_sync.value().source.value().wait_no_replica = on(phrase[1]);
}
void fell_back(Details& details, const Phrase&) {
  details.semi_sync.value().source.value().active = false;
}
void not_persisted(Details& details, const Phrase& phrase) {
  details.persisted.value().erase(phrase[1]);
}

const Words& words_for_semi_sync() {
  static const Words words{
      {"semi_sync_plugins",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          const bool both = p[1] == "both" || p[1] == "old";
          f.semi_sync_plugins(both || p[1] == "source", both || p[1] == "replica", p[1] == "old");
        }}},
      {"semi_sync_source",
       {1, [](FleetBuilder& f, const Phrase& p) { f.semi_sync_source(on(p[1])); }}},
      {"semi_sync_replica",
       {1, [](FleetBuilder& f, const Phrase& p) { f.semi_sync_replica(on(p[1])); }}},
      {"semi_sync_agreed",
       {1, [](FleetBuilder& f, const Phrase& p) { f.semi_sync_agreed(agreed(p[1])); }}},
      {"semi_sync_limits",
       {2, [](FleetBuilder& f,
              const Phrase& p) { f.semi_sync_limits(std::stoi(p[1]), std::stoull(p[2])); }}},
      {"semi_sync_clients",
       {1, [](FleetBuilder& f, const Phrase& p) { f.semi_sync_clients(clients(p[1])); }}},
      {"semi_sync_wait_point", {1, details<wait_point>}},
      {"semi_sync_wait_no_replica", {1, details<wait_no_replica>}},
      {"semi_sync_fell_back", {0, details<fell_back>}},
      {"not_persisted", {1, details<not_persisted>}},
  };
  return words;
}

const Words& words_for_details() {
  static const Words words{
      {"no_details", {0, [](FleetBuilder& f, const Phrase&) { f.no_details(); }}},
      {"variable", {2, [](FleetBuilder& f, const Phrase& p) { f.variable(p[1], p[2]); }}},
      {"persisted", {2, [](FleetBuilder& f, const Phrase& p) { f.persisted(p[1], p[2]); }}},
      {"nothing_persisted", {0, [](FleetBuilder& f, const Phrase&) { f.nothing_persisted(); }}},
      {"persisted_unreadable", {0, details<hide_persisted>}},
      {"schema",
       {2, [](FleetBuilder& f, const Phrase& p) { f.schema(p[1], std::stoll(p[2]), 1 << 20); }}},
      {"no_schemas", {0, [](FleetBuilder& f, const Phrase&) { f.no_schemas(); }}},
      {"schemas_unreadable", {0, [](FleetBuilder& f, const Phrase&) { f.schemas_unreadable(); }}},
      {"account", {2, [](FleetBuilder& f, const Phrase& p) { f.account(p[1], p[2], {}); }}},
      {"only_account", {2, details<only_account>}},
      {"grant", {1, details<add_grant>}},
      {"no_accounts", {0, [](FleetBuilder& f, const Phrase&) { f.no_accounts(); }}},
      {"also_named", {2, details<also_named>}},
      {"also_role", {2, details<also_role>}},
      {"accounts_unreadable", {0, details<hide_accounts>}},
      {"account_locked", {0, details<lock>}},
      {"password_expired", {0, details<expire>}},
      {"heartbeat_trouble",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          const std::string why = p[1];
          f.edit_details([why](Details& details) { details.heartbeat_trouble = why; });
        }}},
      {"heartbeat_table",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          const bool there = p[1] == "there";
          f.edit_details([there](Details& details) { details.heartbeat_table = there; });
        }}},
      // Of the primary: does it take the declared password? accepted, refused, unknown, locks (not
      // tried, since failed logins lock the account).
      {"replication_login",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          const std::string word = p[1];
          f.edit_details([word](Details& details) {
            details.replication_login = word == "accepted"  ? std::optional(true)
                                        : word == "refused" ? std::optional(false)
                                                            : std::nullopt;
            details.replication_login_locks = word == "locks";
          });
        }}},
      {"replication_demands",
       {1,
        [](FleetBuilder& f, const Phrase& p) {
          const std::string word = p[1];
          f.edit_details([word](Details& details) { details.replication_demands = word; });
        }}},
      {"no_heartbeat", {0, [](FleetBuilder& f, const Phrase&) { f.no_heartbeat(); }}},
      {"heartbeat_of", {1, details<beat>}},
      {"first_binary_log", {1, [](FleetBuilder& f, const Phrase& p) { f.first_binary_log(p[1]); }}},
      {"no_binary_logs",
       {0, [](FleetBuilder& f, const Phrase&) { f.first_binary_log(std::nullopt); }}},
      {"missing_privilege",
       {1, [](FleetBuilder& f, const Phrase& p) { f.missing_privileges({p[1]}); }}},
      {"event", {2, details<add_event>}},  // enabled|disabled|elsewhere
      {"events_unseen", {0, details<hide_events>}},
      {"transaction", {3, details<add_transaction>}},  // connection, who, seconds
      {"event_as", {3, details<event_as>}},
      {"prepared_xa", {1, details<add_prepared_xa>}},
      {"may_not_recover_xa", {0, details<may_not_recover_xa>}},
      {"may_not_enable_events", {0, details<may_not_enable_events>}},
      {"no_tls", {0, details<no_tls>}},
      {"unencrypted", {0, details<unencrypted>}},
      {"group_replication", {0, details<group>}},
      {"binlog_filter", {1, details<filter_binlog>}},
      {"threads_connected", {1, details<threads_connected>}},
      {"cloned", {2, details<cloned>}},            // from HOST:PORT, when it ended
      {"copying", {2, details<copying>}},          // from HOST:PORT, what runs: "FILE COPY"
      {"copy_failed", {2, details<copy_failed>}},  // from HOST:PORT, why
      {"copy_account", {1, details<copy_account>}},
      {"other_copy_account", {1, details<other_copy_account>}},  // somebody else has created it
      {"not_innodb", {1, details<not_innodb>}},                  // a table of the last schema
      {"lacks_for_copies", {1, details<lacks_for_copies>}},
      {"uptime", {1, details<uptime>}},            // seconds
      {"backup_lock", {1, details<backup_lock>}},  // who: "connection 17 of backup@10.0.0.9"
      {"dump_threads", {1, details<dump_threads>}},
  };
  return words;
}

}  // namespace

std::vector<Phrase> read_phrases(const std::string& text) {
  std::vector<Phrase> phrases(1);
  std::string item;
  bool quoted = false;
  bool begun = false;
  const auto end_item = [&] {
    if (begun) phrases.back().push_back(item);
    item.clear();
    begun = false;
  };
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (quoted || (c != ' ' && c != ';' && c != '\n')) {
      item += c;
      begun = true;
    } else {
      end_item();
      if (c == ';' && !phrases.back().empty()) phrases.emplace_back();
    }
  }
  end_item();
  if (quoted) throw std::invalid_argument("a quote is not closed: " + text);
  if (phrases.back().empty()) phrases.pop_back();
  return phrases;
}

void say(FleetBuilder& fleet, const Phrase& phrase) {
  for (const Words* words : {&words_for_servers(), &words_for_channels(), &words_for_details(),
                             &words_for_semi_sync()}) {
    const auto word = words->find(phrase.front());
    if (word == words->end()) continue;
    if (phrase.size() != word->second.arguments + 1)
      throw std::invalid_argument(phrase.front() + " wants " +
                                  std::to_string(word->second.arguments) + " arguments");
    word->second.say(fleet, phrase);
    return;
  }
  throw std::invalid_argument("no word " + phrase.front());
}

}  // namespace gtidops::testing
