#include "sim/clients.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

constexpr Micros kPatience = 6 * kSecond;  // for an answer

}  // namespace

void Clients::start(int count, std::vector<int> servers) {
  servers_ = std::move(servers);
  for (int i = 0; i < count; ++i) {
    clients_.push_back({i, 0, 0});
    think(i, rng_.between(1, 50) * kMillisecond);
  }
}

void Clients::know(int server) {
  if (std::find(servers_.begin(), servers_.end(), server) == servers_.end())
    servers_.push_back(server);
}

void Clients::think(int client, Micros pause) {
  const int attempt = ++clients_[static_cast<std::size_t>(client)].attempt;
  world_.time.after(pause, [this, client, attempt] {
    if (!stopped_ && clients_[static_cast<std::size_t>(client)].attempt == attempt) write(client);
  });
}

void Clients::write(int number) {
  Client& client = clients_[static_cast<std::size_t>(number)];
  SimServer& server = world_.server(servers_[client.favourite % servers_.size()]);
  if (!world_.network.open(node(client), server.node()) || !server.up) {
    elsewhere(client);
    return think(number, rng_.between(20, 200) * kMillisecond);
  }
  const int attempt = ++client.attempt;
  // Whoever hears nothing tries again, and does not know what became of it.
  world_.time.after(kPatience, [this, number, attempt] {
    Client& one = clients_[static_cast<std::size_t>(number)];
    if (one.attempt != attempt) return;
    elsewhere(one);
    think(number, 10 * kMillisecond);
  });
  world_.time.after(world_.network.latency(),
                    [this, number, attempt, &server] { land(number, attempt, server); });
}

TrxBody Clients::next_body(const SimServer& server) const {
  const auto schema = server.schemas.find("shop");
  if (schema == server.schemas.end()) return {TrxBody::Kind::kSchema, "shop", {}, {}, {}};
  if (schema->second == 0) return {TrxBody::Kind::kTable, "shop", {}, {}, {}};
  return {TrxBody::Kind::kRow, "shop", {}, {}, {}};
}

void Clients::land(int number, int attempt, SimServer& server) {
  if (!server.up) return;
  const Client& client = clients_[static_cast<std::size_t>(number)];
  const int session = server.connect(0, node(client), "app");
  Writes::Request request;
  request.session = session;
  request.body = next_body(server);
  request.work = rng_.chance(long_statement) ? rng_.between(20 * kMillisecond, longest)
                                             : rng_.between(100, 900);
  if (rng_.chance(open_transaction))
    request.open_for = rng_.between(kMillisecond, 800 * kMillisecond);
  if (xa > 0 && request.body.kind == TrxBody::Kind::kRow && rng_.chance(xa)) {
    request.xid = "branch-" + std::to_string(++branches_);
    request.open_for = Writes::kUntilCommit;
  }
  request.answer = [this, number, attempt, session, &server,
                    xid = request.xid](const Reply& reply) {
    if (!xid.empty() && reply.error == 0) return prepare(number, attempt, server, session, xid);
    answered(number, attempt, server, session, reply);
  };
  server.writes.begin(std::move(request));
}

void Clients::prepare(int number, int attempt, SimServer& server, int session,
                      const std::string& xid) {
  const int boots = server.boots;
  world_.time.after(rng_.between(kMillisecond, 60 * kMillisecond), [this, number, attempt, session,
                                                                    xid, boots, &server] {
    if (server.boots != boots || server.sessions.count(session) == 0) return;
    // Nor does whoever hears nothing at all, because the server died.
    const auto answered = std::make_shared<bool>(false);
    world_.time.after(kPatience, [=, this, &server] {
      if (!*answered) end_branch(number, xid, server.index, false);
    });
    const bool there = server.writes.prepare(session, [=, this, &server](const Reply& reply) {
      *answered = true;
      server.hang_up(session);
      const Client& client = clients_[static_cast<std::size_t>(number)];
      const bool heard = world_.network.open(server.node(), node(client));
      world_.say("app", [&] {
        return xid +
               (reply.error != 0 ? " is not"
                : heard          ? " is"
                                 : " is, unheard,") +
               " prepared on " + server.name;
      });
      // Whoever does not hear of it takes it back.
      if (reply.error != 0) return;
      world_.time.after(rng_.between(kMillisecond, 400 * kMillisecond),
                        [=, this, &server] { end_branch(number, xid, server.index, heard); });
      Client& one = clients_[static_cast<std::size_t>(number)];
      if (one.attempt == attempt) think(number, rng_.between(300, 900) * kMillisecond);
    });
    if (!there) server.hang_up(session);
  });
}

void Clients::end_branch(int number, const std::string& xid, int prepared_on, bool commit) {
  const auto again = [=, this] {
    world_.time.after(300 * kMillisecond,
                      [=, this] { end_branch(number, xid, prepared_on, commit); });
  };
  const Node here = node(clients_[static_cast<std::size_t>(number)]);
  const auto reachable = [&](int index) {
    return world_.server(index).up && world_.network.both(here, world_.server(index).node());
  };
  int at = reachable(prepared_on) ? prepared_on : -1;
  for (const int other : servers_)
    if (at < 0 && reachable(other) && !world_.server(other).read_only) at = other;
  if (at < 0) return again();
  SimServer& server = world_.server(at);
  const int session = server.connect(0, here, "app");
  const auto kind = commit ? TrxBody::Kind::kXaCommit : TrxBody::Kind::kXaRollback;
  world_.say("app",
             [&] { return (commit ? "XA COMMIT " : "XA ROLLBACK ") + xid + " on " + server.name; });
  // Were the server to die before it answers, the next question tells.
  const auto answered = std::make_shared<bool>(false);
  world_.time.after(kPatience, [=] {
    if (!*answered) again();
  });
  server.writes.end_prepared(
      session, {kind, xid, {}, {}, {}}, [=, this, &server](const Reply& reply) {
        server.hang_up(session);
        *answered = true;
        if (reply.error != 0) {
          // Not there, where it was prepared: somebody has ended it.
          if (server.index != prepared_on || server.prepared.count(xid) > 0) again();
          return;
        }
        if (!commit || !world_.network.open(server.node(), here)) return;
        const Acknowledgement told{number, server.index, reply.trx, world_.time.now()};
        log_.push_back(told);
        world_.tell([&](Checker& checker) { checker.acknowledged(world_, told); });
      });
}

void Clients::answered(int number, int attempt, SimServer& server, int session,
                       const Reply& reply) {
  server.hang_up(session);
  const Client& client = clients_[static_cast<std::size_t>(number)];
  if (!world_.network.open(server.node(), node(client))) return;
  const int from = server.index;
  world_.time.after(world_.network.latency(), [this, number, attempt, from, reply] {
    Client& one = clients_[static_cast<std::size_t>(number)];
    if (one.attempt != attempt) return;
    if (reply.error != 0) {
      elsewhere(one);
      return think(number, rng_.between(5, 60) * kMillisecond);
    }
    const Acknowledgement told{number, from, reply.trx, world_.time.now()};
    log_.push_back(told);
    world_.tell([&](Checker& checker) { checker.acknowledged(world_, told); });
    ++written_;
    const bool busy = world_.passes_under_way > 0 && written_ < most;
    think(number,
          busy ? rng_.between(2, 30) * kMillisecond : rng_.between(300, 1'600) * kMillisecond);
  });
}

}  // namespace gtidops::sim
