#include "sim/replication.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

constexpr Micros kNetTimeout = 8 * kSecond;  // replica_net_timeout, shorter than it is by default

ReplicationError cannot_connect() { return {2003, "error connecting to source: Can't connect"}; }

}  // namespace

Micros Replication::retry_pause() const {
  const auto found = setup->options.find("SOURCE_CONNECT_RETRY");
  std::int64_t seconds = 60;
  if (found != setup->options.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), seconds);
  return seconds * kSecond;
}

int Replication::cannot_start() const {
  if (!setup || server_.server_id == 0) return 1200;
  return 0;
}

void Replication::start_receiver() {
  if (receiver != ThreadState::kOff) return;
  receiver = ThreadState::kConnecting;
  receiver_error = {};
  ++connection_;
  const int mine = connection_;
  world_.time.after(2 * kMillisecond, [this, mine] {
    if (mine == connection_) connect();
  });
}

void Replication::stop_receiver() {
  receiver = ThreadState::kOff;
  source = -1;
  ++connection_;
}

void Replication::start_applier() {
  if (applier == ThreadState::kOn) return;
  applier = ThreadState::kOn;
  applier_error = {};
  ++application_;
  applying_ = false;
  apply_next();
}

void Replication::stop_applier() {
  applier = ThreadState::kOff;
  ++application_;
}

void Replication::change(const ChannelSetup& to, bool by_hand) {
  if (!setup || setup->host != to.host || setup->port != to.port) source_uuid.clear();
  setup = to;
  // While one of the threads runs, the relay log stays.
  if (receiver != ThreadState::kOff || applier != ThreadState::kOff) return;
  std::vector<TrxId> dropped(relay_log.begin(), relay_log.end());
  retrieved.clear();
  relay_log.clear();
  receiver_error = applier_error = {};
  if (!dropped.empty() && !by_hand)
    world_.tell([&](Checker& checker) { checker.relay_log_dropped(world_, server_, dropped); });
}

void Replication::reset_all(bool by_hand) {
  change({}, by_hand);
  setup.reset();
}

void Replication::crash() {
  ++connection_;
  ++application_;
  receiver = applier = ThreadState::kOff;
  source = -1;
}

// relay_log_recovery: what was fetched and not applied is fetched again. The threads start by
// themselves.
void Replication::boot() {
  if (!setup) return;
  retrieved.clear();
  relay_log.clear();
  receiver_error = applier_error = {};
  start_receiver();
  start_applier();
}

// Number 0: the source lets it in.
ReplicationError Replication::refused_by(const SimServer& from) const {
  const auto option = [&](const char* name) {
    const auto found = setup->options.find(name);
    return found != setup->options.end() && found->second == "1";
  };
  const auto account = std::find_if(from.accounts.begin(), from.accounts.end(),
                                    [&](const SimAccount& one) { return one.user == setup->user; });
  if (account == from.accounts.end() || account->password != setup->password)
    return {1045, "Access denied for user '" + setup->user + "'"};
  if (!option("SOURCE_SSL") && !option("GET_SOURCE_PUBLIC_KEY"))
    return {2061, "Authentication requires secure connection"};
  if (!account->replication_slave) return {1045, "Access denied: no REPLICATION SLAVE"};
  return {};
}

void Replication::fatal(ReplicationError error) {
  receiver = ThreadState::kOff;
  source = -1;
  ++connection_;
  world_.say(server_.name, [&] { return "its receiver stops: " + error.text; });
  receiver_error = std::move(error);
}

void Replication::retry(ReplicationError error) {
  receiver = ThreadState::kConnecting;
  receiver_error = std::move(error);
  source = -1;
  ++connection_;
  const int mine = connection_;
  world_.time.after(retry_pause(), [this, mine] {
    if (mine == connection_) connect();
  });
}

// Of the source's own transactions, which it checks when a replica connects.
bool Replication::source_holds_all_of(const SimServer& from, const TrxSet& held) const {
  return from.executed.gtids(world_.ledger)
      .contains(held.gtids(world_.ledger).of_server(from.uuid));
}

void Replication::connect() {
  SimServer* from = world_.at(setup->host, setup->port);
  if (from == nullptr || !from->up || !world_.network.both(server_.node(), from->node()))
    return retry(cannot_connect());
  if (ReplicationError no = refused_by(*from); no.number != 0) return retry(std::move(no));
  if (from == &server_ || from->server_id == server_.server_id || from->server_id == 0)
    return fatal({13117, "source and replica have equal MySQL server ids"});
  if (from->gtid_mode != "ON" || server_.gtid_mode != "ON")
    return fatal({13117, "The replica IO thread stops because GTID_MODE differs"});
  source_uuid = from->uuid;
  TrxSet held = server_.executed;
  held.add(retrieved);
  if (from->restored && !source_holds_all_of(*from, held))
    return retry({13114, "Got fatal error 1236 from source: the replica has more GTIDs than it"});
  // By their numbers: a server that was RESET has used some of them twice, and MySQL cannot tell.
  if (!held.gtids(world_.ledger).contains(from->purged.gtids(world_.ledger)))
    return fatal(
        {13114, "Got fatal error 1236 from source: the source purged required binary logs"});
  source = from->index;
  receiver = ThreadState::kOn;
  receiver_error = {};
  // They agree on it now, and never later.
  semi_sync = server_.number("rpl_semi_sync_replica_enabled") != 0 && from->semi_sync_source_loaded;
  position_ = from->binlog_begins;
  fetching_ = false;
  silent_since_ = -1;
  world_.say(server_.name, [&] { return "its receiver is connected to " + from->name; });
  fetch();
}

void Replication::source_has_more() { fetch(); }

void Replication::source_went_away() { retry(cannot_connect()); }

// Asks for what is there; an answer is on its way, or nothing is left.
void Replication::fetch() {
  if (fetching_ || source < 0) return;
  const SimServer& from = world_.server(source);
  if (position_ >= from.binlog.size()) return;
  fetching_ = true;
  const int mine = connection_;
  const std::size_t upto = from.binlog.size();
  if (world_.network.both(server_.node(), source)) {
    silent_since_ = -1;
    world_.time.after(world_.network.latency(), [this, mine, upto] {
      if (mine == connection_) arrived(upto);
    });
    return;
  }
  if (silent_since_ < 0) silent_since_ = world_.time.now();
  world_.time.after(200 * kMillisecond, [this, mine] {
    if (mine != connection_) return;
    fetching_ = false;
    if (world_.time.now() - silent_since_ > kNetTimeout) return retry(cannot_connect());
    fetch();
  });
}

void Replication::arrived(std::size_t upto) {
  fetching_ = false;
  const SimServer& from = world_.server(source);
  for (; position_ < upto; ++position_) {
    const TrxId trx = from.binlog[position_];
    if (is_held(trx) || world_.ledger.of(trx).server_id == server_.server_id) continue;
    retrieved.add(trx);
    relay_log.push_back(trx);
    if (!semi_sync || !world_.network.open(server_.node(), source)) continue;
    const int to = source;
    const int boots = from.boots;
    world_.time.after(world_.network.latency(), [this, trx, to, boots] {
      if (world_.server(to).boots == boots)
        world_.server(to).writes.acknowledged(trx, server_.index);
    });
  }
  if (applier == ThreadState::kOn) apply_next();
  fetch();
}

// By its GTID: another transaction with the same one is skipped.
bool Replication::is_held(TrxId trx) const {
  if (server_.executed.has(trx) || retrieved.has(trx)) return true;
  if (!world_.ledger.numbers_twice()) return false;
  const GtidSet gtid = world_.ledger.gtid(trx);
  return server_.executed.gtids(world_.ledger).contains(gtid) ||
         retrieved.gtids(world_.ledger).contains(gtid);
}

void Replication::apply_next() {
  if (applying_ || relay_log.empty() || applier != ThreadState::kOn) return;
  applying_ = true;
  const TrxId trx = relay_log.front();
  const Micros not_before = world_.ledger.of(trx).committed + setup->delay * kSecond;
  const int mine = application_;
  world_.time.at(std::max(world_.time.now(), not_before) + apply_time, [this, mine, trx] {
    if (mine == application_) applied(trx);
  });
}

void Replication::applied(TrxId trx) {
  applying_ = false;
  if (poisoned) {
    stop_applier();
    applier_error = {1062, "Duplicate entry, while applying " + world_.ledger.name(trx)};
    world_.say(server_.name, [&] { return "its applier stops: " + applier_error.text; });
    return;
  }
  // A CHANGE may have emptied it meanwhile; then this event is void, and does not come here.
  relay_log.pop_front();
  if (!server_.executed.has(trx)) {
    if (filtering && world_.ledger.of(trx).body.kind == TrxBody::Kind::kRow)
      server_.left_out.add(trx);
    server_.take_effect(trx);
    server_.log(trx);
  }
  apply_next();
}

}  // namespace gtidops::sim
