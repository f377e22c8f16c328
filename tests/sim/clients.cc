#include "sim/clients.h"

#include <algorithm>
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
  const int generation = generation_;
  world_.time.after(pause, [this, client, attempt, generation] {
    if (generation == generation_ && clients_[static_cast<std::size_t>(client)].attempt == attempt)
      write(client);
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
  request.answer = [this, number, attempt, session, &server](const Reply& reply) {
    answered(number, attempt, server, session, reply);
  };
  server.writes.begin(std::move(request));
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
